// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.model;

import dev.mixed.bert.config.BertConfig;
import java.util.Map;

/** The classifier's loss in double precision, one text and one loop at a time, straight from Devlin et al. (2019): no batches, no padding, no dropout. */
final class ReferenceBert {
    private final BertConfig config;
    private final Map<String, double[]> parameters;

    /** @param parameters by Hugging Face's names, row by row; read anew by each call */
    ReferenceBert(BertConfig config, Map<String, double[]> parameters) {
        this.config = config;
        this.parameters = parameters;
    }

    /** Mean loss over the texts. */
    double loss(int[][] texts, int[][] types, int[] labels) {
        double sum = 0;
        for (int i = 0; i < texts.length; i++) {
            double[] logits = logits(texts[i], types[i]);
            if (logits.length == 1) {
                double p = 1 / (1 + Math.exp(-logits[0]));
                sum -= Math.log(labels[i] == 1 ? p : 1 - p);
            } else {
                double total = 0;
                for (double l : logits) {
                    total += Math.exp(l);
                }
                sum -= logits[labels[i]] - Math.log(total);
            }
        }
        return sum / texts.length;
    }

    double[] logits(int[] text, int[] types) {
        double[][] x = new double[text.length][];
        for (int t = 0; t < text.length; t++) {
            double[] sum = new double[config.hiddenSize()];
            for (int i = 0; i < sum.length; i++) {
                sum[i] = table("word", text[t], i) + table("position", t, i) + table("token_type", types[t], i);
            }
            x[t] = norm("bert.embeddings.LayerNorm", sum);
        }
        for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
            x = layer("bert.encoder.layer." + layer + ".", x);
        }
        return linear("classifier", x[0]);
    }

    private double table(String kind, int row, int column) {
        return parameters.get("bert.embeddings." + kind + "_embeddings.weight")[row * config.hiddenSize() + column];
    }

    private double[][] layer(String name, double[][] x) {
        double[][] attended = attention(name + "attention.self.", x);
        double[][] y = new double[x.length][];
        for (int t = 0; t < x.length; t++) {
            double[] a = norm(name + "attention.output.LayerNorm", plus(linear(name + "attention.output.dense", attended[t]), x[t]));
            double[] wide = linear(name + "intermediate.dense", a);
            for (int i = 0; i < wide.length; i++) {
                wide[i] = activation(wide[i]);
            }
            y[t] = norm(name + "output.LayerNorm", plus(linear(name + "output.dense", wide), a));
        }
        return y;
    }

    private double[][] attention(String name, double[][] x) {
        int n = x.length;
        int width = config.headSize();
        double[][] q = new double[n][];
        double[][] k = new double[n][];
        double[][] v = new double[n][];
        for (int t = 0; t < n; t++) {
            q[t] = linear(name + "query", x[t]);
            k[t] = linear(name + "key", x[t]);
            v[t] = linear(name + "value", x[t]);
        }
        double[][] context = new double[n][config.hiddenSize()];
        for (int head = 0; head < config.numAttentionHeads(); head++) {
            for (int t = 0; t < n; t++) {
                double[] p = new double[n];
                double sum = 0;
                for (int s = 0; s < n; s++) {
                    double dot = 0;
                    for (int i = head * width; i < (head + 1) * width; i++) {
                        dot += q[t][i] * k[s][i];
                    }
                    p[s] = Math.exp(dot / Math.sqrt(width));
                    sum += p[s];
                }
                for (int s = 0; s < n; s++) {
                    for (int i = head * width; i < (head + 1) * width; i++) {
                        context[t][i] += p[s] / sum * v[s][i];
                    }
                }
            }
        }
        return context;
    }

    private double activation(double x) {
        return switch (config.activation()) {
            case GELU -> x * (1 + erf(x / Math.sqrt(2))) / 2;
            case GELU_TANH -> 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
            case RELU -> Math.max(x, 0);
            case TANH -> Math.tanh(x);
        };
    }

    /** Abramowitz and Stegun 7.1.6, whose terms have one sign and so lose no digits; beyond 6, 1 - erf is below 1e-16. */
    private static double erf(double x) {
        if (Math.abs(x) > 6) {
            return Math.signum(x);
        }
        double term = x;
        double sum = x;
        for (int n = 1; n < 200; n++) {
            term *= 2 * x * x / (2 * n + 1);
            sum += term;
        }
        return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
    }

    private double[] linear(String name, double[] x) {
        double[] weight = parameters.get(name + ".weight");
        double[] y = parameters.get(name + ".bias").clone();
        for (int o = 0; o < y.length; o++) {
            for (int i = 0; i < x.length; i++) {
                y[o] += weight[o * x.length + i] * x[i];
            }
        }
        return y;
    }

    private double[] norm(String name, double[] x) {
        double mean = 0;
        for (double v : x) {
            mean += v / x.length;
        }
        double variance = 0;
        for (double v : x) {
            variance += (v - mean) * (v - mean) / x.length;
        }
        double[] y = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            y[i] = (x[i] - mean) / Math.sqrt(variance + config.layerNormEps()) * parameters.get(name + ".weight")[i] + parameters.get(name + ".bias")[i];
        }
        return y;
    }

    private static double[] plus(double[] a, double[] b) {
        double[] sum = a.clone();
        for (int i = 0; i < sum.length; i++) {
            sum[i] += b[i];
        }
        return sum;
    }
}
