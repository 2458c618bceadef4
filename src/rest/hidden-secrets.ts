import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ConnectorInfo, TaskInfo } from '../core/api/connectors.js'
import type { RawConfig } from '../core/config/field.js'
import type { Herder } from '../ports/herder.js'

const hidden = '[hidden]'

/** Keys of what no plugin's declaration is at hand for: converters, transforms, overrides, plugins that are not here. */
const secretName = /password|passwd|passphrase|secret|token|credential|jaas|private|(api|access|account)[._-]?key/i
/** Who logs in may stand in an address, before the host or among the settings. */
const secretValue = /:\/\/[^/\s]*@|[?&;](password|passwd|pwd)=/i
/** What is resolved elsewhere tells no secret. */
const reference = /^\s*\$\{[^}]*\}\s*$/

/** Whether a plugin declares this key as a password; undefined for a key that it does not declare. */
export type IsPassword = (key: string) => boolean | undefined

/** A configuration as those see it who may only read (I8). */
export function hideSecrets(config: RawConfig, isPassword: IsPassword): RawConfig {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => {
      const secret = (isPassword(key) ?? secretName.test(key)) || (value !== null && secretValue.test(value))
      return [key, secret && value !== null && value !== '' && !reference.test(value) ? hidden : value]
    }),
  )
}

/** Hides secrets in Connect's answers with configurations, where `hides` says so. Call it before routes are added. */
export function hideSecretsFrom(
  app: FastifyInstance,
  herder: Herder,
  hides: (request: FastifyRequest) => boolean,
): void {
  app.addHook('preSerialization', async (request, reply, payload) => {
    const hide = hiding[request.routeOptions.url ?? '']
    if (hide === undefined || reply.statusCode >= 400 || !hides(request)) return payload
    const { name } = request.params as { readonly name?: string }
    return hide(payload, passwordsOf(herder), name === undefined ? undefined : herder.connector(name)?.config)
  })
}

type Passwords = (config: RawConfig | undefined) => Promise<IsPassword>

/** By path: what it answers, without secrets. `own` is the configuration of the connector that the path names. */
const hiding: Readonly<
  Record<string, (payload: unknown, passwords: Passwords, own: RawConfig | undefined) => Promise<unknown>>
> = {
  '/connectors': async (payload, passwords) => {
    if (Array.isArray(payload)) return payload
    const expanded = Object.entries(payload as Readonly<Record<string, { readonly info?: ConnectorInfo | null }>>)
    const answers: Record<string, unknown> = Object.create(null)
    for (const [name, entry] of expanded)
      answers[name] = { ...entry, ...(entry.info && { info: await hideInfo(entry.info, passwords) }) }
    return answers
  },
  '/connectors/:name': (payload, passwords) => hideInfo(payload as ConnectorInfo, passwords),
  '/connectors/:name/config': async (payload, passwords, own) =>
    hideSecrets(payload as RawConfig, await passwords(own)),
  '/connectors/:name/tasks': async (payload, passwords, own) => {
    const isPassword = await passwords(own)
    return (payload as readonly TaskInfo[]).map(({ id, config }) => ({ id, config: hideSecrets(config, isPassword) }))
  },
}

async function hideInfo(info: ConnectorInfo, passwords: Passwords): Promise<ConnectorInfo> {
  return { ...info, config: hideSecrets(info.config, await passwords(info.config)) }
}

/** Each plugin is asked once for an answer. */
function passwordsOf(herder: Herder): Passwords {
  const asked = new Map<string, Promise<IsPassword>>()
  return config => {
    const plugin = config?.['connector.class'] ?? ''
    const known = asked.get(plugin) ?? declared(herder, plugin)
    asked.set(plugin, known)
    return known
  }
}

async function declared(herder: Herder, plugin: string): Promise<IsPassword> {
  try {
    const keys = new Map((await herder.pluginConfig(plugin)).map(({ name, type }) => [name, type === 'PASSWORD']))
    return key => keys.get(key)
  } catch {
    // A plugin that is not here declares nothing; names must do.
    return () => undefined
  }
}
