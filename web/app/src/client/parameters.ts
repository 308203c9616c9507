// SPDX-License-Identifier: Apache-2.0

/** The parameters with which a tunnel is asked for. */

import type { ClientTarget } from '../connections/identifier';

export type Abilities = {
  audio: readonly string[];
  video: readonly string[];
  image: readonly string[];
};

export type ConnectRequest = {
  token: string;
  target: ClientTarget;
  /** The room for the picture, in CSS pixels. */
  width: number;
  height: number;
  pixelRatio: number;
  timezone: string;
  abilities: Abilities;
};

/** What the remote side is told when the element has no size yet, as upstream's gateway assumes. */
const fallback = { width: 1024, height: 768 };
const standardDPI = 96;

export function connectParameters(request: ConnectRequest): string {
  const { target, pixelRatio, abilities } = request;
  const pixels = (length: number, otherwise: number) => String(Math.floor((length || otherwise) * pixelRatio));
  const parameters = new URLSearchParams({
    token: request.token,
    GUAC_DATA_SOURCE: target.dataSource,
    GUAC_ID: target.id,
    GUAC_TYPE: target.type,
    GUAC_WIDTH: pixels(request.width, fallback.width),
    GUAC_HEIGHT: pixels(request.height, fallback.height),
    GUAC_DPI: String(Math.floor(standardDPI * pixelRatio)),
  });
  if (request.timezone) parameters.append('GUAC_TIMEZONE', request.timezone);
  for (const mimetype of abilities.audio) parameters.append('GUAC_AUDIO', mimetype);
  for (const mimetype of abilities.video) parameters.append('GUAC_VIDEO', mimetype);
  for (const mimetype of abilities.image) parameters.append('GUAC_IMAGE', mimetype);
  return parameters.toString();
}
