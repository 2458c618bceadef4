import type { ConfigInfos } from '../../core/api/validation.js'
import { ConfigError, type ConfigIssue } from '../../core/error.js'
import { locateIssues } from '../../core/properties/parse.js'
import type { WorkerApi } from './api.js'
import type { FiledConnector } from './files.js'

/** Has the worker check the configuration. Fails with `config.invalid` and every error, each with its place in the file. */
export async function validateFiled(api: WorkerApi, { config, file, lines }: FiledConnector): Promise<string> {
  const located = (issues: readonly ConfigIssue[]): ConfigError => new ConfigError(locateIssues(issues, file, lines))
  const plugin = config['connector.class']
  if (plugin === undefined) throw located([{ key: 'connector.class', message: 'It is missing.' }])
  const { text } = await api.ask('PUT', `/connector-plugins/${encodeURIComponent(plugin)}/config/validate`, config)
  const { configs } = JSON.parse(text) as ConfigInfos
  const issues = configs.flatMap(({ value }) => value.errors.map(message => ({ key: value.name, message })))
  if (issues.length > 0) throw located(issues)
  return 'valid'
}
