import { existsSync } from 'node:fs'
import { loadPackedImage } from '../../runtime/image/load.ts'
import { packImage } from '../../runtime/image/pack.ts'
import { containerdOptions } from '../settings/containerd.ts'
import type { Settings } from '../settings/settings.ts'
import { UserError } from '../user-error.ts'
import { installPackages } from './install.ts'
import type { ImageRecipe } from './project.ts'

/**
 * Packs images as recipes say and loads them into the cluster; answers their full names.
 * @throws UserError that names the image.
 */
export async function loadImages(
  settings: Settings,
  recipes: ImageRecipe[],
  say: (text: string) => void,
): Promise<string[]> {
  const { socket } = containerdOptions(settings)
  const names: string[] = []
  for (const { packages, port, ...recipe } of recipes) {
    if (packages.length > 0 && recipe.bin.some((program) => !existsSync(program))) installPackages(packages, say)
    try {
      const image = await packImage({ ...recipe, ports: port.map(String), compression: 'none' })
      try {
        names.push(...(await loadPackedImage(socket, image)))
      } finally {
        image.remove()
      }
    } catch (error) {
      throw new UserError(`image ${recipe.name}: ${(error as Error).message}`)
    }
  }
  return names
}
