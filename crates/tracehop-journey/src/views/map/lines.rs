//! How far down each item of a layer stands, so that arrows are as level as they can be.

use super::crossings::{Layered, mean, to_f64};

/// How often the heights are drawn towards their neighbours.
const SWEEPS: usize = 8;

/// The least distance between two items of a layer.
const DISTANCE: f64 = 1.0;

/// The height of each item. The order within layers stays, and the topmost item is at 0.
pub(super) fn heights(layered: &Layered) -> Vec<f64> {
    let mut heights: Vec<f64> = layered.ranks().into_iter().map(to_f64).collect();
    for sweep in 0..SWEEPS {
        let layers = layered.layers.len();
        for layer in 0..layers {
            let layer = if sweep % 2 == 0 { layer } else { layers - 1 - layer };
            let Some(items) = layered.layers.get(layer) else { continue };
            let near = if sweep % 2 == 0 { &layered.before } else { &layered.after };
            let wanted = items.iter().map(|&item| wanted(near, &heights, item)).collect();
            for (&item, height) in items.iter().zip(apart(wanted)) {
                if let Some(slot) = heights.get_mut(item) {
                    *slot = height;
                }
            }
        }
    }
    let top = heights.iter().copied().fold(f64::INFINITY, f64::min);
    for height in &mut heights {
        *height -= top;
    }
    heights
}

/// The mean height of an item's neighbours on one side. Without neighbours there it stays where it is.
fn wanted(near: &[Vec<usize>], heights: &[f64], item: usize) -> f64 {
    let near = near.get(item).into_iter().flatten().filter_map(|&near| heights.get(near).copied());
    mean(near).or_else(|| heights.get(item).copied()).unwrap_or(0.0)
}

/// The heights that come nearest to the wanted ones, in the least squares, and are at least [`DISTANCE`] apart.
///
/// Neighbours that come too close are moved together, as one block: the method is known as pooling adjacent violators.
fn apart(wanted: Vec<f64>) -> Vec<f64> {
    // The height of each block's first item, and how many it has.
    let mut blocks: Vec<(f64, usize)> = Vec::new();
    for (place, wanted) in wanted.into_iter().enumerate() {
        // Without the distances, the heights must only not fall.
        let mut block = (wanted - DISTANCE * to_f64(place), 1);
        while let Some(&(above, count)) = blocks.last()
            && above > block.0
        {
            blocks.pop();
            let all = count + block.1;
            block = ((above * to_f64(count) + block.0 * to_f64(block.1)) / to_f64(all), all);
        }
        blocks.push(block);
    }
    let heights = blocks.into_iter().flat_map(|(height, count)| std::iter::repeat_n(height, count));
    heights.enumerate().map(|(place, height)| height + DISTANCE * to_f64(place)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(wanted: &[f64], expected: &[f64]) {
        assert_eq!(apart(wanted.to_vec()), expected, "{wanted:?}");
    }

    #[test]
    fn items_stand_where_they_want_if_there_is_room() {
        check(&[], &[]);
        check(&[0.0, 1.0, 5.0], &[0.0, 1.0, 5.0]);
    }

    #[test]
    fn items_that_want_the_same_place_stand_around_it() {
        check(&[2.0, 2.0], &[1.5, 2.5]);
        check(&[2.0, 2.0, 2.0], &[1.0, 2.0, 3.0]);
        check(&[3.0, 1.0], &[1.5, 2.5]);
        check(&[0.0, 4.0, 4.0], &[0.0, 3.5, 4.5]);
    }
}
