import { describe } from 'vitest'
import { whyNoJava } from '../java/java-present.js'

type Suite = (name: string, suite: () => void) => void

const hasJava = whyNoJava() === undefined

/** A suite that starts servers of its own: skipped on a machine without Java and Maven. */
export const describeWithJava: Suite = hasJava ? describe : describe.skip

/** A suite on the shared broker: it also runs against `KAFKA_BOOTSTRAP`. */
export const describeWithKafka: Suite = hasJava || process.env['KAFKA_BOOTSTRAP'] ? describe : describe.skip

/** For hooks that start servers: the first start on a machine fetches jars, and others may be starting as well. */
export const serverStartMs = 240_000
