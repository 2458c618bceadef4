import type { ShownPart } from '../../core/api/dry-run.js'
import type { DataRecord, SchemaAndValue } from '../../core/record.js'
import type { Schema } from '../../core/schema.js'
import type { Value } from '../../core/value.js'
import type { Converter } from '../../plugin/index.js'
import { isPromise } from '../conversion-steps.js'
import type { ConverterStep, TaskDefinition, TransformStep } from '../task-definition.js'
import type { RecordTrace, TracedHeader } from './record-trace.js'
import { convertStage, predicateStage, transformStage } from './stages.js'

/**
 * The same definition, with every transform, predicate and converter telling `trace` what it does. The conversions of
 * running tasks take it as any other: so a dry run shows what they do, and running tasks pay nothing for it.
 */
export function observed<D extends TaskDefinition>(definition: D, trace: RecordTrace): D {
  return {
    ...definition,
    transforms: definition.transforms.map(step => observedTransform(step, trace)),
    keyConverter: observedConverter(definition.keyConverter, 'key', trace),
    valueConverter: observedConverter(definition.valueConverter, 'value', trace),
    headerConverter: observedHeaders(definition.headerConverter, trace),
  }
}

function observedTransform(step: TransformStep, trace: RecordTrace): TransformStep {
  const { alias, predicate, apply } = step
  const dropped =
    predicate === undefined
      ? `transform ${alias}`
      : `transform ${alias}, since predicate ${predicate.alias} is ${!predicate.negate}`
  const watched = (<R extends DataRecord>(record: R): R | null | Promise<R | null> => {
    trace.enter(transformStage(alias))
    return afterwards(apply(record), trace, after => trace.transformed(record, after, dropped))
  }) as TransformStep['apply']
  if (predicate === undefined) return { ...step, apply: watched }
  const test = (record: DataRecord): boolean | Promise<boolean> => {
    trace.enter(predicateStage(alias))
    return afterwards(predicate.test(record), trace, matches => {
      trace.judged(matches)
      if (matches === predicate.negate) trace.passedBy(transformStage(alias))
    })
  }
  return { ...step, apply: watched, predicate: { ...predicate, test: test as typeof predicate.test } }
}

function observedConverter(step: ConverterStep, part: 'key' | 'value', trace: RecordTrace): ConverterStep {
  const converter = step.converter.withoutEffects?.() ?? step.converter
  const watch = <T>(call: () => T | Promise<T>, shown: (made: T) => ShownPart): T | Promise<T> => {
    trace.enter(convertStage(part))
    return afterwards(call(), trace, made => trace.converted(part, shown(made)))
  }
  const watched: Converter = {
    fromData: (...args) =>
      watch(
        () => converter.fromData(...args),
        made => trace.showing.bytes(made),
      ),
    toData: (...args) =>
      watch(
        () => converter.toData(...args),
        made => trace.showing.data(made.value, made.schema),
      ),
  }
  return { ...step, converter: watched }
}

function observedHeaders(step: ConverterStep, trace: RecordTrace): ConverterStep {
  const converter = step.converter.withoutEffects?.() ?? step.converter
  const isData = (value: Value, schema: Schema | undefined) => (header: TracedHeader) =>
    header.value === value && header.schema === schema
  const isRaw = (bytes: Buffer | null) => (header: TracedHeader) => {
    const raw = header.value as Buffer | null
    return bytes === null || raw === null ? bytes === raw : bytes.equals(raw)
  }
  const bytes =
    (value: Value, schema: Schema | undefined) =>
    (made: Uint8Array | string | null): void =>
      trace.headerConverted(isData(value, schema), trace.showing.bytes(made))
  const data =
    (raw: Buffer | null) =>
    (made: SchemaAndValue): void =>
      trace.headerConverted(isRaw(raw), trace.showing.data(made.value, made.schema))
  const watched: Converter = {
    fromData(topic, schema, value, headers) {
      trace.enter(convertStage('header'))
      return afterwards(converter.fromData(topic, schema, value, headers), trace, bytes(value, schema))
    },
    toData(topic, raw, headers) {
      trace.enter(convertStage('header'))
      return afterwards(converter.toData(topic, raw, headers), trace, data(raw))
    },
    ...(converter.fromHeader && {
      fromHeader(topic: string, key: string, schema: Schema | undefined, value: Value) {
        trace.enter(convertStage('header'))
        const made = converter.fromHeader!(topic, key, schema, value)
        trace.left()
        bytes(value, schema)(made)
        return made
      },
    }),
    ...(converter.toHeader && {
      toHeader(topic: string, key: string, raw: Buffer | null) {
        trace.enter(convertStage('header'))
        const made = converter.toHeader!(topic, key, raw)
        trace.left()
        data(raw)(made)
        return made
      },
    }),
  }
  return { ...step, converter: watched }
}

/** Does `then` with what was made, now or when it is there, and gives it on. */
function afterwards<T>(made: T | Promise<T>, trace: RecordTrace, then: (made: T) => void): T | Promise<T> {
  const told = (now: T): T => {
    trace.left()
    then(now)
    return now
  }
  return isPromise(made) ? made.then(told) : told(made)
}
