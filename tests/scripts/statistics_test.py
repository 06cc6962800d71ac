"""scripts/acidsim_statistics.py: intervals cover what they say, comparisons err no more often than they say."""

import sys
import unittest
from pathlib import Path

import numpy as np
from scipy import stats

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
import acidsim_statistics as statistics


class Coverage(unittest.TestCase):
    """How many intervals of made samples hold the truth. The bands are binomial: four standard errors around the share."""

    def assert_covers(self, intervals, truth, share=0.95, at_most=None):
        hits, count = sum(i.low <= truth <= i.high for i in intervals), len(intervals)
        low, high = share, at_most or share
        spread = 4 * np.sqrt(count * 0.05 * 0.95)
        self.assertGreaterEqual(hits, low * count - spread)
        self.assertLessEqual(hits, high * count + spread)

    def test_student_is_exact_for_normal_samples(self):
        draw = np.random.default_rng(1)
        for size in (2, 4, 12):
            self.assert_covers([statistics.t_interval(draw.normal(3, 2, size)) for _ in range(2000)], 3)

    def test_bca_of_the_mean(self):
        """Second-order accurate: at 100 samples the shares are within one per cent of 95 %, skewed or not."""
        draw = np.random.default_rng(2)
        for samples in (draw.normal(3, 2, (100, 1000)), draw.exponential(3, (100, 1000))):
            mean, low, high = statistics.mean_bands(samples)
            self.assert_covers([statistics.Interval(*limits) for limits in zip(mean, low, high)], 3, 0.94, 0.96)

    def test_bca_leans_to_the_long_side_where_samples_are_skewed(self):
        """Exponential samples of 20: symmetric limits miss far more often above than below, BCa's less so."""
        draw = np.random.default_rng(3)
        samples = draw.exponential(1, (20, 1000))
        _, low, high = statistics.mean_bands(samples)
        student = [statistics.t_interval(column) for column in samples.T]
        self.assertGreater(sum(i.high < 1 for i in student), 4 * sum(i.low > 1 for i in student))
        self.assertLess((high < 1).sum(), sum(i.high < 1 for i in student))

    def test_bca_agrees_with_a_slow_twin(self):
        samples = np.random.default_rng(4).exponential(1, 60)
        fast, slow = statistics.mean_interval(samples), stats.bootstrap((samples,), np.mean, method="BCa", n_resamples=9999,
                                                                       random_state=np.random.default_rng(5)).confidence_interval
        np.testing.assert_allclose([fast.low, fast.high], [slow.low, slow.high], atol=0.05 * (fast.high - fast.low))

    def test_median(self):
        """At least 95 %, by the binomial law exactly: 96.5 % at 17 samples."""
        draw = np.random.default_rng(5)
        exact = 1 - 2 * stats.binom.cdf(4, 17, 0.5)
        intervals = [statistics.median_interval(draw.exponential(1, 17)) for _ in range(2000)]
        self.assert_covers(intervals, np.log(2), exact)
        self.assertEqual(statistics.median_interval(np.arange(5)), statistics.Interval(2.0, -np.inf, np.inf))
        self.assertEqual(statistics.median_interval(np.arange(6)), statistics.Interval(2.5, 0.0, 5.0))

    def test_decay_rate(self):
        """Repeats e^(−0.1 t) with lognormal factors: log of the mean falls at 0.1."""
        draw = np.random.default_rng(6)
        times = np.arange(0, 40, 4.0)
        intervals = []
        for _ in range(400):
            values = np.exp(-0.1 * times[:, None] + draw.normal(0, 0.3, (10, 60)))
            intervals.append(statistics.decay_interval(times, values))
        self.assert_covers(intervals, 0.1, 0.93, 0.96)

    def test_floor_of_one_correlated_repeat(self):
        """AR(1) with correlation time 4.5: batches of 200 are nearly independent, 2 % of their variance is missed."""
        draw = np.random.default_rng(7)
        intervals, naive = [], []
        for _ in range(500):
            series = np.empty(4000)
            value = 0.0
            for k, shock in enumerate(draw.normal(size=4000)):
                value = 0.8 * value + shock
                series[k] = value
            intervals.append(statistics.floor(series[:, None]))
            naive.append(statistics.t_interval(series))
        self.assert_covers(intervals, 0, 0.94, 0.95)
        self.assertLess(sum(i.low <= 0 <= i.high for i in naive), 0.6 * len(naive))

    def test_median_of_censored_times(self):
        draw = np.random.default_rng(8)
        intervals = []
        for _ in range(1000):
            times, ends = draw.exponential(1, 60), draw.uniform(0.5, 2, 60)
            intervals.append(statistics.arrivals(np.where(times < ends, times, np.nan), ends).median)
        self.assert_covers(intervals, np.log(2), 0.93, 0.97)


class Exact(unittest.TestCase):
    def test_intervals_of_too_few_values(self):
        self.assertEqual(statistics.t_interval([2.0]), statistics.Interval(2.0, -np.inf, np.inf))
        self.assertEqual(statistics.mean_interval([1.0, 2, 3]), statistics.t_interval([1.0, 2, 3]))
        self.assertIn("Student", statistics.interval_name(4))
        self.assertIn("BCa", statistics.interval_name(5))
        self.assertEqual(statistics.interval_name(1), "one repeat: no interval")

    def test_equal_values_have_an_interval_of_no_length(self):
        self.assertEqual(statistics.mean_interval(np.full(7, 0.1)).high, np.full(7, 0.1).mean())

    def test_paired_differences_need_not_scatter(self):
        noise = np.random.default_rng(1).normal(0, 10, 30)
        difference = statistics.paired_difference(noise + 0.1, noise)
        np.testing.assert_allclose([difference.low, difference.high], 0.1)
        self.assertLess(statistics.difference_p_value(noise + 0.1 + 1e-3 * noise[::-1], noise, True), 1e-6)
        self.assertGreater(statistics.difference_p_value(noise + 0.1, noise, False), 0.5)

    def test_p_values_that_cannot_be_told(self):
        self.assertEqual(statistics.difference_p_value([1.0], [2.0], True), 1.0)
        self.assertEqual(statistics.difference_p_value([1.0, np.inf], [2.0, 3], False), 1.0)
        self.assertEqual(statistics.difference_p_value([1.0, 1], [2.0, 2], False), 0.0)

    def test_holm(self):
        """The example of R's p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm")."""
        np.testing.assert_allclose(statistics.holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02])
        self.assertEqual(statistics.holm([0.9, 0.8]).max(), 1.0)

    def test_holm_errs_in_at_most_five_per_cent_of_families(self):
        draw = np.random.default_rng(9)
        errors = sum(statistics.holm(draw.uniform(size=10)).min() < 0.05 for _ in range(2000))
        self.assertLess(errors, 0.05 * 2000 + 4 * np.sqrt(2000 * 0.05 * 0.95))
        self.assertGreater(errors, 0)

    def test_kaplan_meier_by_hand(self):
        """Arrivals at 1, 3, 4 of five, one lost at 2, one at 5: S = 0.8, 0.8·2/3, 0.8/3."""
        found = statistics.arrivals([1, np.nan, 3, 4, np.nan], [1, 2, 3, 4, 5])
        self.assertEqual((found.reached, found.repeats, found.median.value), (3, 5, 4.0))
        self.assertIn("3 of 5 reached, median 4", found.text())

    def test_without_censoring_it_is_the_median(self):
        draw = np.random.default_rng(10)
        for size in (5, 8, 12):
            times = draw.exponential(1, size)
            self.assertAlmostEqual(statistics.arrivals(times, times).median.value, np.median(times))

    def test_most_do_not_arrive(self):
        found = statistics.arrivals([1, np.nan, np.nan], [1, 9, 9])
        self.assertEqual((found.median.value, found.median.high), (np.inf, np.inf))
        none = statistics.arrivals([np.nan, np.nan], [9, 9])
        self.assertEqual((none.reached, none.median.low), (0, np.inf))


if __name__ == "__main__":
    unittest.main()
