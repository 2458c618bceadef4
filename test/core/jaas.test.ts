import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseJaas, parseJaasFile } from '../../src/core/jaas.js'

const plain = 'org.apache.kafka.common.security.plain.PlainLoginModule'
const options = (text: string): Record<string, string> => Object.fromEntries(parseJaas(text).entry?.options ?? [])

test('a module, its flag and its options', () => {
  expect(parseJaas(`${plain} required username="alice" password='s3 cret';`).entry).toEqual({
    module: plain,
    options: new Map([
      ['username', 'alice'],
      ['password', 's3 cret'],
    ]),
  })
  expect(parseJaas('M Sufficient;').entry).toEqual({ module: 'M', options: new Map() })
})

test.each([
  ['a="x=;y"', 'x=;y'],
  [String.raw`a="x\"y"`, 'x"y'],
  [String.raw`a='x\'y'`, "x'y"],
  [`a="it's"`, "it's"],
  [String.raw`a="x\\y"`, String.raw`x\y`],
  [String.raw`a="\t\n\a\v\f\r\b"`, '\t\n\u0007\v\f\r\b'],
  [String.raw`a="\101\60\7z\400"`, 'A0\u0007z 0'],
  [String.raw`a="\$x"`, '$x'],
  ['a=x-1_$.2', 'x-1_$.2'],
  ['a=_x', '_x'],
  ['a = \n "x"', 'x'],
  ['a="é€"', 'é€'],
  ['a=é€', 'é€'],
  ['a=""', ''],
  ['a="1" a="2"', '2'],
  ['/* a="0"; */ a="1" // a="2"\n', '1'],
  ['/ a="0"\n a="1"', '1'],
  ['/\n a="0"\n a="1"', '1'],
])('%s', (text, value) => {
  expect(options(`M required ${text};`)).toEqual({ a: value })
})

test.each([
  ['', /no login module/],
  ['// nothing', /no login module/],
  ['= required;', /begin with the class/],
  ['M', /not followed by required/],
  ['M sometimes;', /not followed by required/],
  ['M required', /semicolon/],
  ['M required a="x"', /semicolon/],
  ['M required a;', /option=value/],
  ['M required a=;', /option=value/],
  ['M required a=x/y;', /semicolon/],
  ['M required a=7;', /option=value/],
  ['M required a=-x;', /option=value/],
  ['M required a=x@y;', /option=value/],
  ['M required 1=x;', /option=value/],
  ['.5 required;', /begin with the class/],
  ['M required a="x"; N required;', /2 login modules/],
])('%j is refused', (text, problem) => {
  expect(parseJaas(text).problem).toMatch(problem)
})

test('no problem quotes the text, whatever a wrong quotation mark makes of a password (I8)', () => {
  for (const text of ['M required password="hun"ter2";', 'M hunter2;', 'M required password=hunter2', 'hunter2 ='])
    expect(parseJaas(text).problem).not.toMatch(/hun|ter2/)
})

test('what is written with quotation marks and backslashes comes out as it was', () => {
  const written = (value: string): string =>
    `"${value
      .replaceAll(/["\\]/g, String.raw`\$&`)
      .replaceAll('\n', String.raw`\n`)
      .replaceAll('\r', String.raw`\r`)}"`
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...'"\'\\n7\n\r ;=/*aé€'.split('')) }),
      value => options(`M required a=${written(value)};`)['a'] === value,
    ),
  )
})

test('a login configuration is read by the name of its entry', () => {
  const text = `// of the JVM
    KafkaClient { ${plain} required username="u" password="p"; };
    KafkaConnect {
      a.Module required file="/etc/creds";
      b.Module optional;
    };
    KafkaConnect { c.Module required; };`
  expect(parseJaasFile(text, 'KafkaConnect').modules).toEqual([
    { module: 'a.Module', options: new Map([['file', '/etc/creds']]) },
    { module: 'b.Module', options: new Map() },
  ])
  expect(parseJaasFile(text, 'Client').modules).toEqual([])
  expect(parseJaasFile('', 'Client').modules).toEqual([])
})

test.each([
  ['M required;', /outside of entries/],
  ['E { M required; }', /brace and a semicolon/],
  ['E { M required;', /begin with the class/],
  ['E { M perhaps; };', /not followed by required/],
  ['E { M required a; };', /option=value/],
  ['E { M required; }; }', /outside of entries/],
  ['7 { M required; };', /outside of entries/],
])('the login configuration %j is refused', (text, problem) => {
  expect(parseJaasFile(text, 'E').problem).toMatch(problem)
})
