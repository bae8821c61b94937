import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A disk image that machines start from. They never write to it. */
export interface Image {
  /** Absolute. */
  readonly path: string
  /** `qcow2` or `raw`. */
  readonly format: string
  /** Of the disk, in bytes. */
  readonly size: number
}

/** The emulator. */
export const QEMU = 'qemu-system-x86_64'

async function output(program: string, args: readonly string[]): Promise<string> {
  try {
    return (await run(program, args)).stdout
  } catch (cause) {
    const {
      code,
      stderr = '',
      message,
    } = cause as Error & { readonly code?: unknown; readonly stderr?: string }
    if (code === 'ENOENT') {
      throw new Error(`${program} is not installed: QEMU is needed, with its tools for images`, { cause })
    }
    throw new Error(stderr.trim() || message, { cause })
  }
}

/** @throws Error when it is no image, or QEMU is not installed */
export async function readImage(path: string): Promise<Image> {
  await output(QEMU, ['--version'])
  const absolute = resolve(path)
  const text = await output('qemu-img', ['info', '--force-share', '--output=json', absolute])
  const { format, 'virtual-size': size } = JSON.parse(text) as { format: string; 'virtual-size': number }
  return { path: absolute, format, size }
}

/** Makes a disk that reads as the image does, and keeps for itself what is written to it. At least `size` bytes. */
export async function makeDisk(
  path: string,
  { path: backing, format, size }: Image,
  atLeast: number,
): Promise<void> {
  const bytes = String(Math.max(size, atLeast))
  await output('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', format, '-b', backing, path, bytes])
}
