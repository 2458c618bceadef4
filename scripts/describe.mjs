// Writes down what plugins the packages under plugins/ hold, so that a node need not load them to know (src/adapters/node/known-plugins.ts).
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { describePlugins } from '../dist/src/adapters/node/plugin-modules.js'

const { version: millrace } = JSON.parse(readFileSync('package.json', 'utf8'))
for (const folder of readdirSync('plugins')) {
  const at = `plugins/${folder}`
  if (!existsSync(`${at}/package.json`)) continue
  const { name, version, exports, millrace: own } = JSON.parse(readFileSync(`${at}/package.json`, 'utf8'))
  // A package that plugins share holds none.
  if (own === undefined) continue
  const url = pathToFileURL(`${at}/${exports['.'].default}`).href
  const { plugins, failures } = await describePlugins([{ package: name, version, url }])
  for (const { code, message } of failures) throw new Error(`${name}: ${code}: ${message}`)
  const described = plugins.map(plugin => ({ ...plugin, module: undefined }))
  const text = JSON.stringify({ millrace, version, plugins: described })
  const file = `${at}/dist/described.json`
  if (!existsSync(file) || readFileSync(file, 'utf8') !== text) writeFileSync(file, text)
}
