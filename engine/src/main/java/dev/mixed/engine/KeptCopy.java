// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

/**
 * {@linkplain Launch.Builder#note Noted} of a launch that copies a weight to halves: the device may keep the copy for all programs, and make it anew only
 * where the weight has been written since.
 *
 * @param weight F32, persistent
 * @param copy   F16, which no other launch writes
 */
public record KeptCopy(Buffer weight, Buffer copy) {
}
