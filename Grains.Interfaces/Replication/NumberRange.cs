namespace AllData.Replication;

/// <summary>A run of block numbers.</summary>
/// <param name="First">The first of them.</param>
/// <param name="Last">The last of them.</param>
public readonly record struct NumberRange(long First, long Last)
{
    /// <summary>How many.</summary>
    public long Count => Last - First + 1;

    /// <summary><c>4-9</c>, or <c>4</c> where it is one number.</summary>
    public override string ToString() => First == Last ? $"{First}" : $"{First}-{Last}";
}
