/** What is agreed between a controller and its clients: JSON over HTTPS. */

/** Path of each resource. */
export const PATHS = {
  /** Needs no login. */
  health: '/v1/health',
  login: '/v1/login',
  controller: '/v1/controller',
  machines: '/v1/machines',
} as const

/** The program in an agent's archive; it takes `--config FILE` and runs until it is told to end. */
export const AGENT_COMMAND = 'bin/environs-agent'

/** Name in every controller's certificate, whatever its addresses are (Juju's). */
export const API_SERVER_NAME = 'juju-apiserver'

/** Whether the controller is up, and which one it is. */
export interface ControllerHealth {
  readonly status: 'ok'
  readonly controllerUuid: string
  /** Of the agent. */
  readonly version: string
}

/** Who logs in. */
export interface LoginRequest {
  /** `admin@local`. */
  readonly user: string
  readonly password: string
}

/** What a login gives: to be sent as `Authorization: Bearer TOKEN`. */
export interface LoginAnswer {
  readonly token: string
  /** ISO 8601. */
  readonly expires: string
}

/** What a controller says of itself. */
export interface ControllerInfo {
  readonly name: string
  readonly controllerUuid: string
  readonly modelUuid: string
  readonly version: string
  readonly cloud: { readonly type: string; readonly name: string; readonly region?: string }
  /** ISO 8601: when the agent was started last. */
  readonly started: string
}

/** A machine of the controller's model, as the environ sees it. */
export interface ControllerMachine {
  /** Id within the model; absent on an instance that carries none. */
  readonly machineId?: string
  readonly instanceId: string
  readonly name: string
  readonly state: string
  /** The cloud's own words. */
  readonly status: string
  readonly availabilityZone?: string
  readonly addresses: readonly string[]
}

/** What went wrong, in every answer that is no success. */
export interface ErrorAnswer {
  readonly error: { readonly code: string; readonly message: string }
}
