/** Bundles as the SST CLI 4.17.1 does: the configuration for Pulumi (pkg/js), a handler for Lambda (pkg/runtime/node). */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as esbuild from 'esbuild';
import { platform, root } from './platform.ts';

const banner = `import { createRequire as topLevelCreateRequire } from 'module';
const require = topLevelCreateRequire(import.meta.url);
import { fileURLToPath as topLevelFileUrlToPath, URL as topLevelURL } from "url"
const __filename = topLevelFileUrlToPath(import.meta.url)
const __dirname = topLevelFileUrlToPath(new topLevelURL(".", import.meta.url))
`;

/** Left to the platform's own node_modules. */
const external = ['@pulumi/*', 'undici', '@pulumiverse/*', '@sst-provider/*', '@aws-sdk/*', 'esbuild'];
const externalTools = ['archiver', 'glob', 'vite'];

export interface ConfigBundle {
  outfile: string;
  code: string;
  /** Put before every file of ours: the providers under their global names. */
  globals?: string;
  banner?: string;
  define?: Record<string, string>;
  inject?: string[];
  /** Text of schemas/index.ts, in place of the file's own. */
  contracts?: string;
}

export async function bundleConfig(bundle: ConfigBundle): Promise<void> {
  const { globals = '' } = bundle;
  await esbuild.build({
    absWorkingDir: root,
    stdin: { contents: bundle.code, resolveDir: root, sourcefile: 'eval.ts', loader: 'ts' },
    outfile: bundle.outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'es2023',
    mainFields: ['module', 'main'],
    sourcemap: 'inline',
    logLevel: 'silent',
    banner: { js: banner + (bundle.banner ?? '') },
    define: bundle.define ?? {},
    inject: bundle.inject ?? [],
    external: [...external, ...externalTools],
    nodePaths: [path.join(platform, 'node_modules')],
    plugins: [
      {
        name: 'globals',
        setup(build) {
          build.onLoad({ filter: /\.(js|ts|jsx|tsx)$/ }, ({ path: file }) => {
            if (/[\\/](\.sst|node_modules)[\\/]/.test(file)) return undefined;
            const own = file === path.join(root, 'schemas/index.ts') ? bundle.contracts : undefined;
            return { contents: `${globals}\n${own ?? readFileSync(file, 'utf8')}`, loader: 'ts' };
          });
        },
      },
    ],
  });
}

export interface HandlerBundle {
  /** `functions/transform.handler` */
  handler: string;
  /** Folder of the code; a file in it by the handler's own path. */
  out: string;
  minify: boolean;
}

/** Returns the file. Throws an Error for a handler that is not there or does not build. */
export async function bundleHandler({ handler, out, minify }: HandlerBundle): Promise<string> {
  const source = handler.replace(/\.[^.]+$/, '');
  if (!existsSync(path.join(root, `${source}.ts`))) throw new Error(`there is no handler ${handler}`);
  const outfile = path.join(out, `${source}.mjs`);
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: [`${source}.ts`],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'esnext',
    keepNames: true,
    mainFields: ['module', 'main'],
    external: ['sharp', 'pg-native'],
    minify,
    banner: { js: banner },
    logLevel: 'silent',
  });
  return outfile;
}
