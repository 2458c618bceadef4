import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { startSupervised, type SupervisedProcess } from '../process/supervised-process.js'

/** A JVM that does not outlive this process. */
export type JavaProcess = SupervisedProcess

export interface JavaOptions {
  /** Folders with jars. */
  readonly jars: readonly string[]
  readonly mainClass: string
  readonly args: readonly string[]
  readonly flags?: readonly string[]
  /** Default `lean`: starts fast and stays small. `shipped`: the collector and compiler that Kafka's own scripts start it with. */
  readonly jvm?: Jvm
  /** What it prints is appended to this file. */
  readonly logFile: string
  /** Removed when this process dies before the JVM does. */
  readonly scratch: string
}

export type Jvm = keyof typeof jvms

/** Lean ones start fast, and stay small beside other test files; who measures takes what kafka-run-class.sh has. */
const jvms = {
  lean: ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto', '-Xms64m'],
  shipped: [
    '-server',
    '-XX:+UseG1GC',
    '-XX:MaxGCPauseMillis=20',
    '-XX:InitiatingHeapOccupancyPercent=35',
    '-XX:+ExplicitGCInvokesConcurrent',
    '-Djava.awt.headless=true',
  ],
}
const quiet = '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn'

/** Resolves when the process exists. */
export function startJava(options: JavaOptions): Promise<JavaProcess> {
  const { jars, mainClass, args, flags = [], jvm = 'lean', logFile, scratch } = options
  const classPath = jars.map(folder => `${folder}/*`).join(':')
  const flagsOf = [...jvms[jvm], quiet, ...flags]
  return startSupervised(['java', ...flagsOf, '-cp', classPath, mainClass, ...args], { logFile, scratch })
}

/** Runs a JVM to its end and returns what it printed; fails with that where it did not end well. */
export async function runJava(options: Pick<JavaOptions, 'jars' | 'mainClass' | 'args'>): Promise<string> {
  const classPath = options.jars.map(folder => `${folder}/*`).join(':')
  const java = spawn('java', [...jvms.lean, quiet, '-cp', classPath, options.mainClass, ...options.args])
  let printed = ''
  for (const stream of [java.stdout, java.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (printed += text))
  const [code] = (await once(java, 'close')) as [number | null]
  if (code !== 0) throw new Error(`${options.mainClass} ended with ${code}:\n${printed}`)
  return printed
}
