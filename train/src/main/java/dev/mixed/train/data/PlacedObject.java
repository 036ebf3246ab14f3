// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * A row with fields.
 *
 * @param place file and line or row, for messages
 */
record PlacedObject(String place, ObjectNode object) {
}
