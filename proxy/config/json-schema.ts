/**
 * JSON Schema (draft 2020-12) of a part of the language, as it is written in files and before defaults.
 */
import * as z from 'zod/mini'
import { writtenDefault } from './reference-page.ts'

export function writtenSchema(schema: z.ZodMiniType): object {
  return z.toJSONSchema(schema, {
    io: 'input',
    target: 'draft-2020-12',
    override({ zodSchema, jsonSchema }) {
      const value = writtenDefault(zodSchema)
      if (value !== undefined) jsonSchema.default = value
    },
  })
}
