import type { RecordCursor } from '../codec/index.js'
import type { Header, SinkRecord } from '../core/record.js'
import type { RawHeader, SchemaAndValue } from '../plugin/index.js'
import type { FetchedChunk } from '../ports/log.js'
import { applyTransform, isPromise, operationsOf } from './conversion-steps.js'
import { fetchedRecord } from './fetched-record.js'
import type { SinkDefinition } from './task-definition.js'
import type { Operation, Resumable } from './tolerance.js'

const noHeaders: readonly Header[] = []
const noRawHeaders: readonly RawHeader[] = []
const nothing: SchemaAndValue = { value: null }

const keyStep = 0
const valueStep = 1
const headerStep = 2
const firstTransform = 3

/** Turns bytes into one record after the other: key, value and headers, then transforms, in Connect's order. One instance serves a task. */
export class SinkConversion implements Resumable {
  /** What came of it; null when a transform dropped it. */
  record: SinkRecord | null = null

  readonly #definition: SinkDefinition
  readonly #operations: readonly Operation[]
  #step = 0
  #chunk!: FetchedChunk
  #cursor!: RecordCursor
  #rawHeaders = noRawHeaders
  #key = nothing
  #value = nothing
  #headers = noHeaders

  constructor(definition: SinkDefinition) {
    this.#definition = definition
    this.#operations = operationsOf(definition, ['key', 'value', 'header', 'transforms'])
  }

  get operation(): Operation {
    return this.#operations[this.#step]!
  }

  /** Takes the record under the cursor, which must not move until the end. Fails with `codec.batch_corrupt`. */
  begin(chunk: FetchedChunk, cursor: RecordCursor): void {
    this.#chunk = chunk
    this.#cursor = cursor
    this.#rawHeaders = cursor.headerCount === 0 ? noRawHeaders : cursor.headers()
    this.#headers = noHeaders
    this.#step = keyStep
  }

  advance(): Promise<void> | undefined {
    const { keyConverter, valueConverter, transforms } = this.#definition
    const { topic } = this.#chunk
    if (this.#step === keyStep) {
      const { converter } = keyConverter
      const text = converter.textToData && this.#cursor.keyText
      const key =
        text === undefined
          ? converter.toData(topic, this.#cursor.key, this.#rawHeaders)
          : converter.textToData!(topic, text)
      if (isPromise(key)) return this.#resume(key, done => (this.#key = done))
      this.#key = key
      this.#step++
    }
    if (this.#step === valueStep) {
      const { converter } = valueConverter
      const text = converter.textToData && this.#cursor.valueText
      const value =
        text === undefined
          ? converter.toData(topic, this.#cursor.value, this.#rawHeaders)
          : converter.textToData!(topic, text)
      if (isPromise(value)) return this.#resume(value, done => (this.#value = done))
      this.#value = value
      this.#step++
    }
    if (this.#step === headerStep) {
      if (this.#rawHeaders.length > 0) {
        const headers = this.#convertHeaders(topic)
        if (isPromise(headers)) return this.#resume(headers, done => this.#assemble(done))
        this.#headers = headers
      }
      this.#assemble(this.#headers)
      this.#step++
    }
    for (; this.record !== null && this.#step < firstTransform + transforms.length; this.#step++) {
      const made = applyTransform<SinkRecord>(transforms[this.#step - firstTransform]!, this.record)
      if (made instanceof Promise) return this.#resume(made, done => (this.record = done))
      this.record = made
    }
    return undefined
  }

  async #resume<T>(pending: Promise<T>, store: (result: T) => void): Promise<void> {
    store(await pending)
    this.#step++
    await this.advance()
  }

  #assemble(headers: readonly Header[]): void {
    this.record = fetchedRecord(this.#chunk, this.#cursor, {
      key: this.#key.value,
      keySchema: this.#key.schema,
      value: this.#value.value,
      valueSchema: this.#value.schema,
      headers,
    })
  }

  #convertHeaders(topic: string): Header[] | Promise<Header[]> {
    const { converter } = this.#definition.headerConverter
    const converted: Header[] = []
    for (const { key, value: bytes } of this.#rawHeaders) {
      const data = converter.toHeader
        ? converter.toHeader(topic, key, bytes)
        : converter.toData(topic, bytes, noRawHeaders)
      if (isPromise(data)) return this.#convertHeadersInTurn(topic)
      converted.push({ key, value: data.value, schema: data.schema })
    }
    return converted
  }

  async #convertHeadersInTurn(topic: string): Promise<Header[]> {
    const { converter } = this.#definition.headerConverter
    const converted: Header[] = []
    for (const { key, value: bytes } of this.#rawHeaders) {
      const { value, schema } = await converter.toData(topic, bytes, noRawHeaders)
      converted.push({ key, value, schema })
    }
    return converted
  }
}
