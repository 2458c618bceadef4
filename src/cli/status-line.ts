import type { NodeSummary } from '../core/api/node.js'

/** One line, at most `width` columns. `seconds` is the time since `before` was taken. */
export function statusLine(now: NodeSummary, before: NodeSummary, seconds: number, width: number): string {
  const rate = seconds > 0 ? (now.records - before.records) / seconds : 0
  const { running, failed, other } = now.tasks
  const parts = [
    `${compact(rate)} records/s`,
    `${now.connectors} connectors`,
    `${running}/${running + failed + other} tasks running${failed > 0 ? `, ${failed} FAILED` : ''}`,
    `${now.restarts} restarts`,
  ]
  return parts.join(' · ').slice(0, Math.max(0, width))
}

/** 3 figures: `0`, `12.4`, `950`, `12.4k`, `1.2M`. */
export function compact(value: number): string {
  if (value >= 999_950) return `${digits(value / 1e6)}M`
  if (value >= 999.5) return `${digits(value / 1e3)}k`
  return digits(value)
}

function digits(value: number): string {
  return value >= 100 || Number.isInteger(value) ? value.toFixed(0) : value.toFixed(1)
}
