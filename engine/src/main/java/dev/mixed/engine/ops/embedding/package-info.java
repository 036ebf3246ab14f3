// SPDX-License-Identifier: Apache-2.0
/** Embedding: rows of a table, and their gradient: plain loops and their forms for JVM and GPU. */
@NullMarked
package dev.mixed.engine.ops.embedding;

import org.jspecify.annotations.NullMarked;
