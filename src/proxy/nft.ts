import { runCommand } from './command.ts'

/** Runs nft commands as one transaction: all of them or none. */
export async function runNft(script: string): Promise<void> {
  await runCommand('nft', ['-f', '-'], script)
}

/** Removes a table if it exists. */
export async function deleteTable(table: string): Promise<void> {
  await runNft(`add table ip ${table}\ndelete table ip ${table}\n`)
}

/** Whether the table is still this program's, judged by one small chain. */
export async function tableStands(table: string): Promise<boolean> {
  return runCommand('nft', ['list', 'chain', 'ip', table, 'postrouting']).then(
    (text) => text.includes('masquerade'),
    () => false,
  )
}
