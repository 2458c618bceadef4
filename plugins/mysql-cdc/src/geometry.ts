import { semantic, type CdcType } from '@millrace/relational'
import type { Raw } from './raw.js'

/** The server's own form: the number of the reference system in four bytes, lowest first, then WKB. No number is none. */
function parts(raw: Raw): { readonly wkb: Uint8Array; readonly srid: number | null } {
  const bytes = raw as Uint8Array
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return { wkb: bytes.slice(4), srid: view.getInt32(0, true) || null }
}

export const geometryType: CdcType<Raw> = {
  schema: semantic.geometry,
  read: parts,
  // An empty collection.
  zero: { wkb: Uint8Array.of(1, 7, 0, 0, 0, 0, 0, 0, 0), srid: null },
}

export const pointType: CdcType<Raw> = {
  schema: semantic.point,
  read: raw => {
    const { wkb, srid } = parts(raw)
    const view = new DataView(wkb.buffer, wkb.byteOffset, wkb.byteLength)
    const isLittle = wkb[0] === 1
    return { x: view.getFloat64(5, isLittle), y: view.getFloat64(13, isLittle), wkb, srid }
  },
  zero: { x: 0, y: 0, wkb: null, srid: null },
}
