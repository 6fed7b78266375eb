using AllData.Simulation.Truth;

namespace AllData.Simulation.Invariants;

/// <summary>Invariant 5: some time after the last fault every block lies intact at every peer that owes a copy of it.</summary>
internal sealed class CopiesConverge(InvariantSet invariants)
{
    /// <summary>Judges a block at the end of the quiet time.</summary>
    /// <param name="block">The block.</param>
    /// <param name="wrong">What is wrong with it; null when nothing is.</param>
    public void Check(BlockTruth block, string? wrong) => invariants.Require("5 copies converge", wrong is null, () =>
        $"block {block.Block.Header.Id} of {block.Block.Header.FirstKey}, copyset {block.Block.Header.Copyset}, lies on "
        + $"{(block.Holders.Count == 0 ? "no disk" : string.Join(", ", block.Holders))}: {wrong}");
}
