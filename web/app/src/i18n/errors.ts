// SPDX-License-Identifier: Apache-2.0

import { ApiError } from '../api/api';
import type { Catalogue } from './catalogue';

/** What to tell the user about a failed request. */
export function describeError(catalogue: Catalogue, error: unknown): string {
  if (!(error instanceof ApiError)) return error instanceof Error ? error.message : String(error);
  if (error.status === 0) return catalogue.text('APP.ERROR_UNREACHABLE');
  const { key = '', variables } = error.translatable ?? {};
  if (key !== 'APP.TEXT_UNTRANSLATED' && catalogue.has(key)) return catalogue.text(key, variables ?? {});
  return variables?.MESSAGE ?? error.message;
}
