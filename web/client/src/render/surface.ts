// SPDX-License-Identifier: Apache-2.0

/** A bitmap to draw on: off screen in a worker, or an element where there is no OffscreenCanvas. */
export type Surface = OffscreenCanvas | HTMLCanvasElement;

/** The part of a 2D context that both kinds of bitmap have. */
export type Context = CanvasState &
  CanvasTransform &
  CanvasCompositing &
  CanvasRect &
  CanvasDrawPath &
  CanvasDrawImage &
  CanvasImageData &
  CanvasImageSmoothing &
  CanvasPath &
  CanvasPathDrawingStyles &
  CanvasFillStrokeStyles;

/** Makes bitmaps and decodes pictures; what a renderer needs from the place where it runs. */
export interface SurfaceFactory {
  create(width: number, height: number): Surface;
  decode(picture: Blob): Promise<ImageBitmap>;
}

/** Opens the 2D context of a bitmap. */
export function contextOf(surface: Surface): Context {
  const context = surface.getContext('2d') as Context | null;
  if (context === null) {
    throw new Error('no 2D context');
  }
  context.imageSmoothingEnabled = false;
  return context;
}

/** Encodes a bitmap as PNG, JPEG or WebP. */
export function encodeSurface(surface: Surface, type: string): Promise<Blob> {
  if ('convertToBlob' in surface) {
    return surface.convertToBlob({ type });
  }
  return new Promise((resolve, reject) => {
    surface.toBlob((blob) => (blob === null ? reject(new Error('picture cannot be encoded')) : resolve(blob)), type);
  });
}

/** The factory for workers and for pages with OffscreenCanvas. */
export const offscreenFactory: SurfaceFactory = {
  create: (width, height) => new OffscreenCanvas(width, height),
  decode: decodePicture,
};

/** The factory for pages without OffscreenCanvas. */
export const elementFactory: SurfaceFactory = {
  create(width, height) {
    const canvas = document.createElement('canvas');
    canvas.width = width;
    canvas.height = height;
    return canvas;
  },
  decode: decodePicture,
};

function decodePicture(picture: Blob): Promise<ImageBitmap> {
  return createImageBitmap(picture, { colorSpaceConversion: 'none' });
}
