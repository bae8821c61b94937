import { mkdir, mkdtemp } from 'node:fs/promises'
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { GuestSource } from '../guest.ts'
import { CONFIG_DRIVE_LABEL, writeConfigDrive } from './config-drive.ts'
import { type Image, makeDisk, QEMU } from './image.ts'
import { Keeper } from './keeper.ts'
import { Monitor } from './monitor.ts'

const GIB = 1024 ** 3
/** Nova's: what it shows of a console at most, in bytes. */
const CONSOLE_BYTES = 102_400
/** From its start until QEMU can be talked to. */
const START_MS = 30_000

const MONITOR = 'monitor.sock'
const CONSOLE = 'console.log'
const DISK = 'disk.qcow2'
const DRIVE = 'config-drive'

/** What a machine is started with. */
export interface MachineOptions {
  readonly image: Image
  /** MiB. */
  readonly memory: number
}

/**
 * Paths are those of the machine's directory. The processor is emulated: that works everywhere. The network leads from
 * this host to the guest, and nowhere else; QEMU itself makes a file system of the directory with the config drive.
 */
const command = ({ id, macAddress }: GuestSource, memory: number): string[] =>
  [
    [QEMU],
    ['-name', id, '-uuid', id],
    ['-smbios', `type=1,manufacturer=OpenStack Foundation,product=OpenStack Nova,uuid=${id}`],
    ['-nodefaults', '-no-user-config', '-display', 'none'],
    ['-accel', 'tcg,tb-size=256', '-smp', '1', '-m', String(memory)],
    ['-qmp', `unix:${MONITOR}`],
    ['-chardev', `file,id=console,path=${CONSOLE},append=on`, '-serial', 'chardev:console'],
    ['-drive', `file=${DISK},if=none,id=disk,format=qcow2,cache=unsafe,discard=unmap`],
    ['-device', 'virtio-blk-pci,drive=disk,bootindex=1'],
    ['-blockdev', `driver=vvfat,node-name=config,dir=${DRIVE},label=${CONFIG_DRIVE_LABEL},read-only=on`],
    ['-device', 'virtio-blk-pci,drive=config'],
    ['-netdev', 'user,id=network,restrict=on'],
    ['-device', `virtio-net-pci,netdev=network,mac=${macAddress},romfile=`],
  ].flat()

/** A machine that is on. */
export interface Running {
  readonly monitor: Monitor
  /** Over when the machine is off. */
  readonly ended: Promise<void>
}

/** A machine in a directory of its own, with its disk and its config drive. It has a process while it is on. */
export class Machine {
  readonly #directory: string
  readonly #keeper: Keeper

  private constructor(directory: string, keeper: Keeper) {
    this.#directory = directory
    this.#keeper = keeper
  }

  static async make(source: GuestSource, { image, memory }: MachineOptions): Promise<Machine> {
    const directory = await mkdtemp(join(tmpdir(), 'environs-guest-'))
    const keeper = new Keeper(directory, command(source, memory))
    try {
      await mkdir(join(directory, DRIVE))
      await writeConfigDrive(join(directory, DRIVE), source)
      await makeDisk(join(directory, DISK), image, source.disk * GIB)
    } catch (error) {
      await keeper.remove()
      throw error
    }
    return new Machine(directory, keeper)
  }

  /** @throws Error with what QEMU says when it does not start */
  async start(): Promise<Running> {
    const failed = new AbortController()
    const accepted = Monitor.accept(
      join(this.#directory, MONITOR),
      AbortSignal.any([failed.signal, AbortSignal.timeout(START_MS)]),
    )
    const run = this.#keeper.run()
    run.then(
      (said) => failed.abort(new Error(`QEMU ended: ${said}`)),
      () => undefined,
    )
    try {
      return { monitor: await accepted, ended: run.then(() => undefined) }
    } catch (error) {
      this.#keeper.end()
      throw failed.signal.aborted ? failed.signal.reason : new Error('QEMU did not start', { cause: error })
    }
  }

  /** Switches it off as it is. */
  end(): void {
    this.#keeper.end()
  }

  /** The end of what it wrote to its serial console. */
  console(): string {
    const file = openSync(join(this.#directory, CONSOLE), 'a+')
    try {
      const buffer = Buffer.alloc(CONSOLE_BYTES)
      const from = Math.max(0, fstatSync(file).size - CONSOLE_BYTES)
      return buffer.toString('utf8', 0, readSync(file, buffer, 0, CONSOLE_BYTES, from))
    } finally {
      closeSync(file)
    }
  }

  /** Over once nothing is left of it. */
  async remove(): Promise<void> {
    await this.#keeper.remove()
  }
}
