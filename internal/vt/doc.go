// SPDX-License-Identifier: Apache-2.0

// Package vt is a terminal emulator without pixels: bytes of a host go in, a screen of cells comes out.
package vt
