/**
 * Routing files that somebody hostile, or something broken, sends to be looked at: each is known to have cost a parser time, memory or its stack.
 */
const nested = (open: string, close: string, deep: number) => open.repeat(deep) + close.repeat(deep)
const lines = (count: number, line: (n: number) => string) => Array.from({ length: count }, (_, n) => line(n)).join('')

/** "Billion laughs": each line is ten of the one before. */
function aliasBomb(): string {
  const level = (n: number) => `a${n + 1}: &a${n + 1} [${Array.from({ length: 10 }, () => `*a${n}`).join(', ')}]\n`
  return `a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n${lines(30, level)}`
}

export const hostileFiles: Readonly<Record<string, string>> = {
  nothing: '',
  'white space': ' \t\r\n',
  'a byte order mark': '\ufeff',
  'NUL bytes': '\0'.repeat(10_000),
  'half a surrogate pair': 'routes: "\ud800"',
  'aliases of aliases': aliasBomb(),
  'an alias of itself': 'routes: &a [*a]',
  'an alias of nothing': 'routes: *nobody',
  'merge keys': 'upstreams: { u: &u { dns: "a:1" }, v: { <<: *u } }',
  'lists within lists': `routes: ${nested('[', ']', 5_000)}`,
  'maps within maps': `routes: ${nested('{ a: ', '}', 5_000)}`,
  'lists that are not closed': '['.repeat(20_000),
  'maps that are not closed': '{'.repeat(20_000),
  'lists in maps that are not closed': '[{'.repeat(10_000),
  'lists by dashes': '- '.repeat(10_000),
  'maps by indentation': lines(2_000, (n) => `${' '.repeat(n)}a:\n`),
  'a deep value in a route': `routes: [{ name: r, respond: { body: ${nested('[', ']', 2_000)} } }]`,
  'deep JSON': nested('[', ']', 10_000),
  quotes: '"'.repeat(20_000),
  'explicit keys': '? '.repeat(10_000),
  commas: `[${','.repeat(10_000)}`,
  colons: ': '.repeat(10_000),
  'aliases without a place': '*a '.repeat(10_000),
  tags: '! '.repeat(10_000),
  'many documents': '---\n'.repeat(20_000),
  'many directives': '%TAG ! a\n'.repeat(10_000),
  'many comments': '#\n'.repeat(50_000),
  'many keys that are none': lines(5_000, (n) => `a${n}: 1\n`),
  'many anchors': lines(5_000, (n) => `a${n}: &x${n} 1\n`),
  'many empty routes': `routes:\n${'  - {}\n'.repeat(6_000)}`,
  'one route many times': `routes:\n${'  - { name: r, respond: {} }\n'.repeat(3_000)}`,
  'one upstream many times': `upstreams:\n${'  u: { dns: "a:1" }\n'.repeat(10_000)}`,
  'many upstreams': `upstreams:\n${lines(3_000, (n) => `  u${n}: { dns: "a:1" }\n`)}`,
  'many wrong upstreams': `upstreams:\n${lines(3_000, (n) => `  u${n}: { dns: a }\n`)}`,
  'many routes to nowhere': `routes:\n${lines(3_000, (n) => `  - { name: r${n}, forward: nobody }\n`)}`,
  'many selections': `routes:\n${lines(1_000, (n) => `  - { name: r${n}, respond: {}, for: { workload: w${n} } }\n`)}`,
  'a long text': `routes: "${'a'.repeat(2_000_000)}"`,
  'a long name': `routes: [{ name: ${'a'.repeat(100_000)}, respond: {} }]`,
  'a long block': `a: |\n${' '.repeat(200_000)}`,
  tabs: '\t'.repeat(50_000),
  'names of JavaScript': '__proto__: { a: 1 }\nroutes: [{ name: __proto__, respond: {} }]\nupstreams: { constructor: { dns: "a:1" } }',
  'control characters': 'routes: [{ name: "\\e[2J", "\\e]0;x\\a": 1, forward: "\\u009b2J" }]\n',
  'control characters as they are': '\u001b[2J: \u009b\nroutes: { \u001b]0;x\u0007: [',
  'foreign tags': 'routes: !!js/function "function () {}"',
  'a binary value': 'routes: !!binary aGVsbG8=',
  'a set': 'routes: !!set { a }',
  'another version of YAML': '%YAML 9.9\n---\nroutes: []',
  'numbers of every kind': 'routes: [0x10, 0o17, 1e999, -.inf, .nan, 1_000, 12:30:45]',
  'a secret that is not there': 'routes: [{ name: r, respond: { headers: { a: "${file:/etc/shadow}" } } }]',
  'an expression of a hostile kind': 'upstreams: { u: { dns: "a:1" } }\nroutes: [{ name: r, match: { pathRegex: "(a+)+$" }, forward: u }]',
}
