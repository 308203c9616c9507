// SPDX-License-Identifier: Apache-2.0

/** What a user prefers in this browser, under upstream's names where upstream has one. */

import { type JsonStorage, storageKeys } from './storage';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

export const inputMethods = ['none', 'text'] as const;
export type InputMethod = (typeof inputMethods)[number];

export type Preferences = {
  theme: Theme;
  /** The key of a language, or nothing for that of the browser. */
  language: string;
  timezone: string;
  showRecentConnections: boolean;
  numberOfRecentConnections: number;
  inputMethod: InputMethod;
  /** Touch moves the pointer to the finger, as on a touch screen, rather than as on a touch pad. */
  emulateAbsoluteMouse: boolean;
};

export const maxRecentConnections = 20;

export function defaultPreferences(): Preferences {
  return {
    theme: 'system',
    language: '',
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    showRecentConnections: true,
    numberOfRecentConnections: 6,
    inputMethod: 'none',
    emulateAbsoluteMouse: true,
  };
}

/** Reads stored preferences; whatever has the wrong type or range keeps its default. */
export function loadPreferences(storage: JsonStorage): Preferences {
  const preferences = defaultPreferences();
  const stored = storage.get(storageKeys.preferences);
  if (typeof stored !== 'object' || stored === null) return preferences;
  const { theme, language, timezone, inputMethod, ...rest } = stored as Partial<Record<keyof Preferences, unknown>>;
  preferences.theme = themes.find((known) => known === theme) ?? preferences.theme;
  preferences.inputMethod = inputMethods.find((known) => known === inputMethod) ?? preferences.inputMethod;
  if (typeof language === 'string') preferences.language = language;
  if (typeof timezone === 'string' && timezone !== '') preferences.timezone = timezone;
  if (typeof rest.showRecentConnections === 'boolean') {
    preferences.showRecentConnections = rest.showRecentConnections;
  }
  if (typeof rest.emulateAbsoluteMouse === 'boolean') preferences.emulateAbsoluteMouse = rest.emulateAbsoluteMouse;
  const count = rest.numberOfRecentConnections;
  if (typeof count === 'number' && count >= 1 && count <= maxRecentConnections) {
    preferences.numberOfRecentConnections = Math.floor(count);
  }
  return preferences;
}

export function savePreferences(storage: JsonStorage, preferences: Preferences): void {
  storage.set(storageKeys.preferences, preferences);
}
