import { expect, test } from 'vitest'
import { EngineServices } from '../../actors/engine.js'
import { readiness } from '../../actors/herder-readiness.js'

function upServices(): EngineServices {
  const services = new EngineServices()
  for (const part of Object.values(services)) part.provide({})
  return services
}

test('a node whose parts are all up is not waited for', () => {
  expect(readiness(upServices()).whenUp()).toBeUndefined()
})

test('one that restarts a part is waited for until that is back', async () => {
  const services = upServices()
  services.stores.withdraw()
  let up = false
  const waiting = readiness(services)
    .whenUp()
    ?.then(() => (up = true))
  services.log.withdraw()
  services.stores.provide({} as never)
  await new Promise(resolve => setTimeout(resolve, 120))
  expect(up).toBe(false)
  services.log.provide({} as never)
  await waiting
  expect(up).toBe(true)
})

test('one that does not come back is waited for as long as a request may', async () => {
  const services = upServices()
  services.running.withdraw()
  await expect(readiness(services, 60).whenUp()).rejects.toMatchObject({
    code: 'node.request_timed_out',
    message: 'Request timed out',
  })
})
