//! Whole numbers split in proportion, and interpolation between the sizes of municipalities. Integers only.

/// Splits `total` in proportion to `weights` by largest remainder; ties go to the earlier part. The parts sum to `total`.
/// All weights 0 gives all parts to the first.
pub fn split(total: u64, weights: &[u64]) -> Vec<u64> {
    let sum: u128 = weights.iter().map(|&weight| u128::from(weight)).sum();
    if sum == 0 {
        let mut parts = vec![0; weights.len()];
        if let Some(first) = parts.first_mut() {
            *first = total;
        }
        return parts;
    }
    let mut parts = Vec::with_capacity(weights.len());
    let mut remainders = Vec::with_capacity(weights.len());
    for (place, &weight) in weights.iter().enumerate() {
        let share = u128::from(total) * u128::from(weight);
        parts.push(u64::try_from(share / sum).expect("a part of a u64"));
        remainders.push((share % sum, place));
    }
    let missing = usize::try_from(total - parts.iter().sum::<u64>()).expect("fewer than the parts");
    remainders.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    for &(_, place) in remainders.iter().take(missing) {
        parts[place] += 1;
    }
    parts
}

/// Like [`split`], but no part exceeds its cap; what does not fit goes to the others in proportion to the room they have
/// left. Where the caps sum to less than `total`, every part is at its cap.
pub fn split_capped(total: u64, weights: &[u64], caps: &[u64]) -> Vec<u64> {
    let mut parts: Vec<u64> = split(total, weights).iter().zip(caps).map(|(&part, &cap)| part.min(cap)).collect();
    let missing = total - parts.iter().sum::<u64>();
    let room: Vec<u64> = parts.iter().zip(caps).map(|(&part, &cap)| cap - part).collect();
    let fits = missing.min(room.iter().sum());
    if fits > 0 {
        for (part, more) in parts.iter_mut().zip(split(fits, &room)) {
            *part += more;
        }
    }
    parts
}

/// The binary logarithm of `n` with sixteen binary places, by repeated squaring.
fn log2(n: u32) -> u64 {
    let whole = n.max(1).ilog2();
    let mut mantissa = (u64::from(n.max(1)) << 31) >> whole;
    let mut log = u64::from(whole);
    for _ in 0..16 {
        mantissa = (mantissa * mantissa) >> 31;
        log <<= 1;
        if mantissa >= 1 << 32 {
            mantissa >>= 1;
            log |= 1;
        }
    }
    log
}

/// Where `size` lies between the sizes of `points`, on a logarithmic scale: the two neighbours and their weights, which
/// sum to 2^16. Outside the points the nearest counts alone.
pub fn between(size: u32, points: &[u32]) -> (usize, usize, u64, u64) {
    const ONE: u64 = 1 << 16;
    let above = points.partition_point(|&point| point <= size);
    if above == 0 {
        return (0, 0, ONE, 0);
    }
    if above == points.len() {
        return (above - 1, above - 1, ONE, 0);
    }
    let (low, high, here) = (log2(points[above - 1]), log2(points[above]), log2(size));
    let part = (here - low) * ONE / (high - low).max(1);
    (above - 1, above, ONE - part, part)
}

/// The value for `size` between the `values` at `points`, rounded.
pub fn interpolate(size: u32, points: &[u32], values: &[u64]) -> u64 {
    let (low, high, low_part, high_part) = between(size, points);
    (values[low] * low_part + values[high] * high_part + (1 << 15)) >> 16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_sum_to_the_total_and_stay_within_one_of_their_share() {
        for total in [0u64, 1, 7, 1_500, 99_999] {
            let weights = [3, 0, 11, 7, 7, 1];
            let parts = split(total, &weights);
            assert_eq!(parts.iter().sum::<u64>(), total);
            for (part, weight) in parts.iter().zip(weights) {
                let exact = total * weight / 29;
                assert!((exact..=exact + 1).contains(part), "{total}: {parts:?}");
            }
        }
        assert_eq!(split(2, &[1, 1, 1]), [1, 1, 0], "ties go to the earlier part");
        assert_eq!(split(5, &[0, 0]), [5, 0]);
    }

    #[test]
    fn caps_hold_and_the_rest_moves_to_where_there_is_room() {
        assert_eq!(split_capped(10, &[8, 1, 1], &[4, 9, 3]), [4, 4, 2]);
        assert_eq!(split_capped(10, &[1, 1], &[3, 3]), [3, 3]);
    }

    #[test]
    fn interpolation_is_logarithmic_and_flat_outside() {
        let (points, values) = ([1_000, 4_000, 16_000], [100, 200, 400]);
        assert_eq!(interpolate(500, &points, &values), 100);
        assert_eq!(interpolate(2_000, &points, &values), 150);
        assert_eq!(interpolate(4_000, &points, &values), 200);
        assert_eq!(interpolate(8_000, &points, &values), 300);
        assert_eq!(interpolate(90_000, &points, &values), 400);
    }
}
