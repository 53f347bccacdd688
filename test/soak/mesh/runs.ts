/**
 * What can be done to the mesh that is soaked, by the names of the command line.
 */
export const meshRuns = ['rotation', 'root-change', 'kills', 'first-starts', 'snapshots'] as const

export type MeshRun = (typeof meshRuns)[number]
