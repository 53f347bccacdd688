/**
 * Work that goes on after its call was answered: mirrors, compensations. A drain waits for it.
 */
export interface Background {
  begin(): void
  end(): void
}
