import { strict as assert } from 'node:assert'
import { parseBase } from '../../config/base.ts'
import type { Constraints } from '../../constraints/value.ts'
import { explainsInstanceSpecs, supportsInstanceTypes, supportsZones } from '../../environ/capabilities.ts'
import { NotValidError, ZoneIndependentError } from '../../environ/errors.ts'
import type { ConformanceCase } from '../conformance-case.ts'
import { rejection, rejectionOf } from '../rejection.ts'
import { need, NotHere } from '../not-here.ts'
import type { TrialModel } from '../trial.ts'

/** No machine is so large: MiB. */
const IMPOSSIBLE: Constraints = { mem: 1_000_000_000 }

const precheck = ({ environ }: TrialModel, constraints: Constraints, placement?: string): Promise<void> =>
  environ.precheckInstance({
    base: parseBase(environ.config().defaultBase),
    constraints,
    ...(placement === undefined ? {} : { placement }),
  })

/** Zones and constraints. */
export const placement: readonly ConformanceCase[] = [
  {
    id: 'zones/placed',
    sentence: 'an instance is in the zone that was chosen for it, and says so',
    reason: 'units are spread over zones so that one may fail',
    async run(trial) {
      const model = await trial.model()
      const environ = need(model.environ, supportsZones, 'zones')
      for (const { name } of (await environ.availabilityZones()).filter(({ available }) => available)) {
        const { instance, hardware } = await model.start({ availabilityZone: name })
        assert.equal(hardware.availabilityZone, name)
        const [found] = await model.environ.instances([instance.id])
        assert.equal(found?.availabilityZone, name)
      }
    },
  },
  {
    id: 'zones/unknown',
    sentence: 'a zone that does not exist is refused, and nothing is made',
    reason: 'elsewhere is not where the volume is',
    async run(trial) {
      const model = await trial.model()
      need(model.environ, supportsZones, 'zones')
      await rejection(model.start({ availabilityZone: 'nowhere' }))
      assert.deepEqual(await model.ids(), [])
    },
  },
  {
    id: 'zones/independent',
    sentence: 'what no zone would cure is a ZoneIndependentError: an instance type that no cloud has',
    reason: 'otherwise every zone is tried in vain',
    async run(trial) {
      const model = await trial.model()
      const environ = need(model.environ, supportsZones, 'zones')
      const [zone] = (await environ.availabilityZones()).filter(({ available }) => available)
      const start = model.start({ availabilityZone: zone?.name ?? '', constraints: IMPOSSIBLE })
      await rejectionOf(ZoneIndependentError, start)
      assert.deepEqual(await model.ids(), [])
    },
  },
  {
    id: 'zones/placement',
    sentence: 'placement `zone=…` demands that zone, another zone or directive is not valid',
    reason: 'users place machines by it',
    async run(trial) {
      const model = await trial.model()
      const environ = need(model.environ, supportsZones, 'zones')
      const [zone] = (await environ.availabilityZones()).filter(({ available }) => available)
      const name = zone?.name ?? ''
      await precheck(model, {}, `zone=${name}`)
      assert.deepEqual(await environ.deriveAvailabilityZones(model.params({ placement: `zone=${name}` })), [
        name,
      ])
      assert.deepEqual(await environ.deriveAvailabilityZones(model.params()), [])
      await rejection(precheck(model, {}, 'zone=nowhere'))
      await rejection(precheck(model, {}, 'rack=7'))
    },
  },
  {
    id: 'constraints/hardware',
    sentence: 'an instance has at least the cores and memory that were asked for',
    reason: 'it is what constraints are for',
    async run(trial) {
      const model = await trial.model()
      const { hardware } = await model.start({ constraints: { cores: 2, mem: 3000 } })
      assert.ok((hardware.cpuCores ?? 0) >= 2, `${hardware.cpuCores} cores`)
      assert.ok((hardware.mem ?? 0) >= 3000, `${hardware.mem} MiB`)
    },
  },
  {
    id: 'constraints/impossible',
    sentence: 'what no instance can be is refused, beforehand and when it is started, and nothing is made',
    reason: 'bad input never creates anything',
    async run(trial) {
      const model = await trial.model()
      await precheck(model, {})
      await rejection(precheck(model, IMPOSSIBLE))
      await rejection(model.start({ constraints: IMPOSSIBLE }))
      assert.deepEqual(await model.ids(), [])
    },
  },
  {
    id: 'constraints/validator',
    sentence: 'the validator takes what it knows, names what it ignores, and refuses unknown instance types',
    reason: 'users learn it before anything is made',
    async run(trial) {
      const { environ } = await trial.model()
      const validator = await environ.constraintsValidator()
      assert.deepEqual(validator.validate({}), [])
      assert.deepEqual(validator.validate({ cores: 2, mem: 1024 }), [])
      if (!supportsInstanceTypes(environ)) return
      const [first] = await environ.instanceTypes()
      assert.deepEqual(validator.validate({ instanceType: first?.name ?? '' }), [])
      assert.throws(() => validator.validate({ instanceType: 'no-such-type' }), NotValidError)
    },
  },
  {
    id: 'constraints/ignored',
    sentence: 'a constraint that the validator says is ignored does not keep a machine from starting',
    reason: 'a warning was given, and an error is no warning',
    async run(trial) {
      const model = await trial.model()
      const validator = await model.environ.constraintsValidator()
      const all: Constraints = { cpuPower: 10, instanceRole: 'auto', container: 'lxd' }
      const ignored = Object.entries(all).filter(
        ([field, value]) => validator.validate({ [field]: value }).length > 0,
      )
      if (ignored.length === 0) throw new NotHere('the provider has no constraint that it ignores')
      await model.start({ constraints: Object.fromEntries(ignored) })
    },
  },
  {
    id: 'constraints/instance-type',
    sentence: 'an instance type that is listed can be asked for by its name',
    reason: 'users choose from the list',
    async run(trial) {
      const model = await trial.model()
      const environ = need(model.environ, supportsInstanceTypes, 'list of instance types')
      const fits = (await environ.instanceTypes()).filter(
        ({ cpuCores, mem, rootDisk }) => cpuCores >= 1 && mem >= 1024 && rootDisk >= 8192,
      )
      assert.ok(fits.length > 0, 'there is none')
      const wanted = fits.at(-1)?.name ?? ''
      const { hardware } = await model.start({ constraints: { instanceType: wanted } })
      assert.equal(hardware.instanceType, wanted)
    },
  },
  {
    id: 'constraints/explain',
    sentence: 'what is explained is what a start chooses, and explaining makes nothing',
    reason: 'users ask why before they pay',
    async run(trial) {
      const model = await trial.model()
      const environ = need(model.environ, explainsInstanceSpecs, 'explanations')
      const base = parseBase(environ.config().defaultBase)
      const constraints = { cores: 2, mem: 3000 }
      const { chosen, candidates } = await environ.explainInstanceSpec({ base, constraints })
      assert.deepEqual(await model.ids(), [])
      for (const { verdict } of candidates) assert.notEqual(verdict.message, '')
      const { hardware } = await model.start({ constraints })
      assert.equal(chosen?.instanceType.name, hardware.instanceType)
      const none = await environ.explainInstanceSpec({ base, constraints: IMPOSSIBLE })
      assert.equal(none.chosen, undefined)
      assert.ok(none.problem, 'no problem is told')
    },
  },
]
