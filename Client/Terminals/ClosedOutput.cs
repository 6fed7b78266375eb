namespace AllData.Client.Terminals;

/// <summary>Tells whether a failure means that the reader of the standard output has gone.</summary>
internal static class ClosedOutput
{
    // EPIPE, and Windows' ERROR_BROKEN_PIPE and ERROR_NO_DATA.
    private static readonly int[] Codes = [32, unchecked((int)0x8007006D), unchecked((int)0x800700E8)];

    /// <summary>Whether it does.</summary>
    public static bool IsBehind(Exception failure) => failure is IOException && Codes.Contains(failure.HResult);
}
