// SPDX-License-Identifier: Apache-2.0
/** What commands show: progress, tables and plots. */
@NullMarked
package dev.mixed.cli.report;

import org.jspecify.annotations.NullMarked;
