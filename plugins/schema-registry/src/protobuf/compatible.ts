import type { MessageType, ProtoField, ScalarKind } from './model.js'

/** Types whose numbers are written alike. */
const alike: readonly (readonly string[])[] = [
  ['int32', 'int64', 'uint32', 'uint64', 'bool', 'enum'],
  ['sint32', 'sint64'],
  ['string', 'bytes'],
  ['fixed32', 'sfixed32'],
  ['fixed64', 'sfixed64'],
]

/** Why messages of `written` could not be read as `wanted`, by the numbers of their fields; undefined where they could. */
export function whyUnlike(
  wanted: MessageType,
  written: MessageType,
  seen: readonly MessageType[] = [],
): string | undefined {
  if (seen.includes(written)) return undefined
  for (const field of written.fields) {
    const other = wanted.fields.find(({ id }) => id === field.id)
    if (other === undefined) continue
    const at = `field ${field.id} of ${written.fullName}`
    if (field.repeated !== other.repeated) return `${at} is repeated in one of the two`
    if (!typesAgree(field, other)) return `${at} is a ${kindOf(field)}, and a ${kindOf(other)} is registered`
    if (field.type.kind === 'message' && other.type.kind === 'message') {
      const why = whyUnlike(other.type.of, field.type.of, [...seen, written])
      if (why !== undefined) return why
    }
  }
  return undefined
}

function typesAgree(a: ProtoField, b: ProtoField): boolean {
  const [one, two] = [kindOf(a), kindOf(b)]
  return one === two || alike.some(group => group.includes(one) && group.includes(two))
}

function kindOf({ type }: ProtoField): ScalarKind | 'enum' | 'message' {
  return type.kind === 'scalar' ? type.scalar : type.kind
}
