/**
 * `npm run bench -- [BENCH] [options]`: which bench is run. Without a name it is `load`, Tandem and its peers against one origin.
 * Each bench reads the options behind its name itself.
 */
const benches: Readonly<Record<string, string>> = {
  load: './load/main.ts',
  'control-plane': './control-plane/main.ts',
  startup: './startup/main.ts',
}

const [first = ''] = process.argv.slice(2)
const named = benches[first]
if (named !== undefined) process.argv.splice(2, 1)
if (named === undefined && first !== '' && !first.startsWith('-')) {
  process.stderr.write(`bench: no bench is called ${first}; there are ${Object.keys(benches).join(', ')}\n`)
  process.exit(2)
}
await import(named ?? './load/main.ts')
