namespace AllData.Silo.Http;

/// <summary>As many streams are open as may be. Nothing of this one was read.</summary>
/// <param name="limit">How many may be open.</param>
/// <param name="caller">The caller that has as many, or null where all together have.</param>
internal sealed class TooManyStreamsException(int limit, string? caller) : Exception(caller is null
    ? $"{limit} streams are open at this silo, the maximum (AllData:Http:MaxStreams). Nothing was written; try again later, or at another silo."
    : $"'{caller}' has {limit} streams open at this silo, the maximum of one caller (AllData:Http:MaxStreamsPerPrincipal). Nothing was written; send more "
        + "lines over fewer streams.")
{
    /// <summary>Whether one caller has as many as one may have.</summary>
    public bool IsOfCaller => caller is not null;
}
