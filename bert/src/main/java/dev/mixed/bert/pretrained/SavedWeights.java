// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.pretrained;

import dev.mixed.io.FileDigest;
import java.nio.file.Path;

/**
 * A file of weights that was saved whole.
 *
 * @param digest its size and checksum
 */
public record SavedWeights(Path file, FileDigest digest) {
}
