/**
 * Put before a program by `NODE_OPTIONS=--import=...`: as the process leaves, writes the built-in modules that it has loaded to LOADED_MODULES.
 */
import { writeFileSync } from 'node:fs'

const file = process.env['LOADED_MODULES']
if (file !== undefined) {
  process.once('exit', () => {
    const { moduleLoadList } = process as unknown as { readonly moduleLoadList: readonly string[] }
    writeFileSync(file, JSON.stringify(moduleLoadList.map((name) => name.replace('NativeModule ', ''))))
  })
}
