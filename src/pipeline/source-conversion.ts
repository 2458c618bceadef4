import type { FieldBytes, RecordHeader } from '../codec/index.js'
import type { Header, SourceRecord } from '../core/record.js'
import { applyTransform, isPromise, operationsOf } from './conversion-steps.js'
import type { SourceDefinition } from './task-definition.js'
import type { Operation, Resumable } from './tolerance.js'

const noHeaders: readonly Header[] = []

/**
 * Turns one record after the other into bytes: transforms, then headers, key and value, in Connect's order. One
 * instance serves a task, so that a record costs no allocation; promises are made only by transforms and converters that wait.
 */
export class SourceConversion implements Resumable {
  /** What the transforms made of the record; null when one dropped it. */
  record: SourceRecord | null = null
  key: FieldBytes = null
  value: FieldBytes = null
  headers: RecordHeader[] | undefined

  readonly #definition: SourceDefinition
  readonly #operations: readonly Operation[]
  readonly #headerStep: number
  #step = 0

  constructor(definition: SourceDefinition) {
    this.#definition = definition
    this.#operations = operationsOf(definition, ['transforms', 'header', 'key', 'value'])
    this.#headerStep = definition.transforms.length
  }

  get operation(): Operation {
    return this.#operations[this.#step]!
  }

  begin(record: SourceRecord): void {
    this.record = record
    this.#step = 0
  }

  advance(): Promise<void> | undefined {
    const { transforms, keyConverter, valueConverter } = this.#definition
    const headerStep = this.#headerStep
    for (; this.record !== null && this.#step < headerStep; this.#step++) {
      const made: SourceRecord | null | Promise<SourceRecord | null> = applyTransform(
        transforms[this.#step]!,
        this.record,
      )
      if (made instanceof Promise) return this.#resume(made, done => (this.record = done))
      this.record = made
    }
    if (this.record === null) return undefined
    const { topic, keySchema, key, valueSchema, value, headers } = this.record
    if (this.#step === headerStep) {
      const converted = headers === undefined || headers.length === 0 ? undefined : this.#convertHeaders(topic, headers)
      if (isPromise(converted)) return this.#resume(converted, bytes => (this.headers = bytes))
      this.headers = converted
      this.#step++
    }
    if (this.#step === headerStep + 1) {
      const bytes = keyConverter.converter.fromData(topic, keySchema, key ?? null, headers ?? noHeaders)
      if (isPromise(bytes)) return this.#resume(bytes, done => (this.key = done))
      this.key = bytes
      this.#step++
    }
    if (this.#step === headerStep + 2) {
      const bytes = valueConverter.converter.fromData(topic, valueSchema, value ?? null, headers ?? noHeaders)
      if (isPromise(bytes)) return this.#resume(bytes, done => (this.value = done))
      this.value = bytes
      this.#step++
    }
    return undefined
  }

  async #resume<T>(pending: Promise<T>, store: (result: T) => void): Promise<void> {
    store(await pending)
    this.#step++
    await this.advance()
  }

  #convertHeaders(topic: string, headers: readonly Header[]): RecordHeader[] | Promise<RecordHeader[]> {
    const { converter } = this.#definition.headerConverter
    const converted: RecordHeader[] = []
    for (const { key, schema, value } of headers) {
      const bytes = converter.fromHeader
        ? converter.fromHeader(topic, key, schema, value)
        : converter.fromData(topic, schema, value, noHeaders)
      if (isPromise(bytes)) return this.#convertHeadersInTurn(topic, headers)
      converted.push({ key, value: bytes })
    }
    return converted
  }

  async #convertHeadersInTurn(topic: string, headers: readonly Header[]): Promise<RecordHeader[]> {
    const { converter } = this.#definition.headerConverter
    const converted: RecordHeader[] = []
    for (const { key, schema, value } of headers)
      converted.push({ key, value: await converter.fromData(topic, schema, value, noHeaders) })
    return converted
  }
}
