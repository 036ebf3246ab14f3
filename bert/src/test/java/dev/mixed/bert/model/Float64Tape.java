// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.model;

import java.util.ArrayList;
import java.util.List;

/** Reverse-mode differentiation of row-major matrices in double precision: each op computes its value and notes how to pass its gradient on. */
final class Float64Tape {
    private final List<Runnable> backward = new ArrayList<>();

    /** A matrix [rows, cols] and the gradient of the loss by it. */
    static final class Matrix {
        final int rows;
        final int cols;
        final double[] value;
        final double[] gradient;

        Matrix(int rows, int cols, double[] value) {
            this.rows = rows;
            this.cols = cols;
            this.value = value;
            this.gradient = new double[value.length];
        }

        Matrix(int rows, int cols) {
            this(rows, cols, new double[rows * cols]);
        }
    }

    /** Fills the gradients of everything behind a loss [1, 1], d(loss) being {@code seed}. */
    void backward(Matrix loss, double seed) {
        loss.gradient[0] = seed;
        for (Runnable step : backward.reversed()) {
            step.run();
        }
    }

    /** Rows of a table. */
    Matrix rows(Matrix table, int[] ids) {
        Matrix y = new Matrix(ids.length, table.cols);
        for (int t = 0; t < ids.length; t++) {
            System.arraycopy(table.value, ids[t] * table.cols, y.value, t * table.cols, table.cols);
        }
        backward.add(() -> {
            for (int t = 0; t < ids.length; t++) {
                for (int j = 0; j < y.cols; j++) {
                    table.gradient[ids[t] * y.cols + j] += y.gradient[t * y.cols + j];
                }
            }
        });
        return y;
    }

    Matrix add(Matrix a, Matrix b) {
        Matrix y = new Matrix(a.rows, a.cols);
        for (int i = 0; i < y.value.length; i++) {
            y.value[i] = a.value[i] + b.value[i];
        }
        backward.add(() -> {
            for (int i = 0; i < y.value.length; i++) {
                a.gradient[i] += y.gradient[i];
                b.gradient[i] += y.gradient[i];
            }
        });
        return y;
    }

    /** x [n, in] weight^T [in, out] + bias [1, out]. */
    Matrix linear(Matrix x, Matrix weight, Matrix bias) {
        Matrix y = new Matrix(x.rows, weight.rows);
        for (int r = 0; r < y.rows; r++) {
            for (int o = 0; o < y.cols; o++) {
                double sum = bias.value[o];
                for (int i = 0; i < x.cols; i++) {
                    sum += x.value[r * x.cols + i] * weight.value[o * x.cols + i];
                }
                y.value[r * y.cols + o] = sum;
            }
        }
        backward.add(() -> {
            for (int r = 0; r < y.rows; r++) {
                for (int o = 0; o < y.cols; o++) {
                    double g = y.gradient[r * y.cols + o];
                    bias.gradient[o] += g;
                    for (int i = 0; i < x.cols; i++) {
                        x.gradient[r * x.cols + i] += g * weight.value[o * x.cols + i];
                        weight.gradient[o * x.cols + i] += g * x.value[r * x.cols + i];
                    }
                }
            }
        });
        return y;
    }

    /** Exact GELU; its derivative is Phi(x) + x phi(x). */
    Matrix gelu(Matrix x) {
        Matrix y = new Matrix(x.rows, x.cols);
        for (int i = 0; i < y.value.length; i++) {
            y.value[i] = x.value[i] * normal(x.value[i]);
        }
        backward.add(() -> {
            for (int i = 0; i < y.value.length; i++) {
                double density = Math.exp(-x.value[i] * x.value[i] / 2) / Math.sqrt(2 * Math.PI);
                x.gradient[i] += y.gradient[i] * (normal(x.value[i]) + x.value[i] * density);
            }
        });
        return y;
    }

    /** The normal distribution function, by Simpson's rule: another way than those of the code under test. */
    static double normal(double x) {
        int n = 200;
        double h = x / n;
        double sum = 1 + Math.exp(-x * x / 2);
        for (int i = 1; i < n; i++) {
            sum += (i % 2 == 1 ? 4 : 2) * Math.exp(-(i * h) * (i * h) / 2);
        }
        return 0.5 + sum * h / 3 / Math.sqrt(2 * Math.PI);
    }

    Matrix layerNorm(Matrix x, Matrix gamma, Matrix beta, double eps) {
        Matrix y = new Matrix(x.rows, x.cols);
        int n = x.cols;
        double[] hat = new double[x.value.length];
        double[] rstd = new double[x.rows];
        for (int r = 0; r < x.rows; r++) {
            double mean = 0;
            double variance = 0;
            for (int i = 0; i < n; i++) {
                mean += x.value[r * n + i] / n;
            }
            for (int i = 0; i < n; i++) {
                variance += (x.value[r * n + i] - mean) * (x.value[r * n + i] - mean) / n;
            }
            rstd[r] = 1 / Math.sqrt(variance + eps);
            for (int i = 0; i < n; i++) {
                hat[r * n + i] = (x.value[r * n + i] - mean) * rstd[r];
                y.value[r * n + i] = hat[r * n + i] * gamma.value[i] + beta.value[i];
            }
        }
        backward.add(() -> {
            for (int r = 0; r < x.rows; r++) {
                double sum = 0;
                double dot = 0;
                for (int i = 0; i < n; i++) {
                    double dy = y.gradient[r * n + i];
                    gamma.gradient[i] += dy * hat[r * n + i];
                    beta.gradient[i] += dy;
                    sum += dy * gamma.value[i] / n;
                    dot += dy * gamma.value[i] * hat[r * n + i] / n;
                }
                for (int i = 0; i < n; i++) {
                    x.gradient[r * n + i] += rstd[r] * (y.gradient[r * n + i] * gamma.value[i] - sum - hat[r * n + i] * dot);
                }
            }
        });
        return y;
    }

    /** Self-attention over the rows of one text, head h in its own columns. */
    Matrix attention(Matrix q, Matrix k, Matrix v, int heads) {
        int n = q.rows;
        int hidden = q.cols;
        int d = hidden / heads;
        Matrix y = new Matrix(n, hidden);
        double[][][] p = new double[heads][n][n];
        for (int h = 0; h < heads; h++) {
            for (int i = 0; i < n; i++) {
                double sum = 0;
                for (int j = 0; j < n; j++) {
                    double dot = 0;
                    for (int c = h * d; c < (h + 1) * d; c++) {
                        dot += q.value[i * hidden + c] * k.value[j * hidden + c];
                    }
                    p[h][i][j] = Math.exp(dot / Math.sqrt(d));
                    sum += p[h][i][j];
                }
                for (int j = 0; j < n; j++) {
                    p[h][i][j] /= sum;
                    for (int c = h * d; c < (h + 1) * d; c++) {
                        y.value[i * hidden + c] += p[h][i][j] * v.value[j * hidden + c];
                    }
                }
            }
        }
        backward.add(() -> {
            for (int h = 0; h < heads; h++) {
                for (int i = 0; i < n; i++) {
                    double[] dp = new double[n];
                    double mean = 0;
                    for (int j = 0; j < n; j++) {
                        for (int c = h * d; c < (h + 1) * d; c++) {
                            dp[j] += y.gradient[i * hidden + c] * v.value[j * hidden + c];
                            v.gradient[j * hidden + c] += p[h][i][j] * y.gradient[i * hidden + c];
                        }
                        mean += p[h][i][j] * dp[j];
                    }
                    for (int j = 0; j < n; j++) {
                        double ds = p[h][i][j] * (dp[j] - mean) / Math.sqrt(d);
                        for (int c = h * d; c < (h + 1) * d; c++) {
                            q.gradient[i * hidden + c] += ds * k.value[j * hidden + c];
                            k.gradient[j * hidden + c] += ds * q.value[i * hidden + c];
                        }
                    }
                }
            }
        });
        return y;
    }

    /** Binary cross entropy of one logit [1, 1], times a weight. */
    Matrix binaryCrossEntropy(Matrix logit, int label, double weight) {
        double x = logit.value[0];
        double p = 1 / (1 + Math.exp(-x));
        Matrix y = new Matrix(1, 1, new double[] {-weight * Math.log(label == 1 ? p : 1 - p)});
        backward.add(() -> logit.gradient[0] += y.gradient[0] * weight * (p - label));
        return y;
    }
}
