import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vitest/config'

const out = resolve(import.meta.dirname, '../src/heqi/console/web')

/** Every text file of the build beside itself in gzip and brotli: the node sends them as they are and compresses nothing. */
const compressed: Plugin = {
  name: 'compressed',
  apply: 'build',
  closeBundle() {
    for (const file of readdirSync(out, { recursive: true, withFileTypes: true })) {
      if (!file.isFile() || !/\.(js|css|html|svg|json)$/.test(file.name)) continue
      const path = join(file.parentPath, file.name)
      const text = readFileSync(path)
      writeFileSync(`${path}.gz`, gzipSync(text, { level: 9 }))
      writeFileSync(`${path}.br`, brotliCompressSync(text))
    }
  },
}

export default defineConfig({
  base: '/console/',
  plugins: [react(), compressed],
  build: { outDir: out, emptyOutDir: true, target: 'es2022', reportCompressedSize: false, chunkSizeWarningLimit: 1500 },
  server: { proxy: { '/api': 'http://127.0.0.1:8000', '/openapi.json': 'http://127.0.0.1:8000' } },
  test: { include: ['src/**/*.test.ts'] },
})
