import * as z from 'zod'

const uuid = z.guid()

/** `controllers.yaml`, as far as it is relied upon; what a newer version adds is kept. */
export const controllersDocument = z.looseObject({
  controllers: z
    .record(
      z.string(),
      z.looseObject({
        name: z.string(),
        uuid,
        status: z.enum(['bootstrapping', 'ready']),
        cloud: z.looseObject({ type: z.string(), name: z.string() }),
        credentialName: z.string().optional(),
        controllerConfig: z.looseObject({ 'controller-uuid': uuid }),
        modelConfig: z.looseObject({ uuid, type: z.string() }),
        instanceIds: z.array(z.string()),
        apiEndpoints: z.array(z.string()),
        nextMachine: z.int().min(1),
        machines: z
          .record(
            z.string(),
            z.union([
              z.looseObject({ instanceId: z.string() }),
              z.looseObject({ starting: z.number(), by: z.string().optional() }),
              z.looseObject({ job: z.string() }),
            ]),
          )
          .optional(),
        recordedFrom: z.int().optional(),
      }),
    )
    .default({}),
})
