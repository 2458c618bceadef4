// Rewrites the tables of keys in the plugins' READMEs from their declarations: `npm run build && node scripts/reference.mjs`.
// A table stands between `<!-- keys: plugin-name -->` and `<!-- end of keys -->`; test/reference.test.ts holds them to it.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { configMarkdown } from '../dist/src/core/config/markdown.js'

for (const folder of readdirSync('plugins')) {
  const readme = `plugins/${folder}/README.md`
  if (!readFileSync(readme, 'utf8').includes('<!-- keys:')) continue
  const { default: plugins } = await import(`../plugins/${folder}/dist/index.js`)
  const text = readFileSync(readme, 'utf8')
  const written = text.replace(
    /<!-- keys: ([a-z0-9-]+) -->[\s\S]*?<!-- end of keys -->/g,
    (_, name) =>
      `<!-- keys: ${name} -->\n\n${configMarkdown(plugins.find(plugin => plugin.name === name).config).trim()}\n\n<!-- end of keys -->`,
  )
  if (written !== text) writeFileSync(readme, written)
}
