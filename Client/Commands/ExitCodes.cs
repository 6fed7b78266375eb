using AllData.Client.Bench;

namespace AllData.Client.Commands;

/// <summary>The exit codes of the command.</summary>
internal static class ExitCodes
{
    /// <summary>Everything requested was done.</summary>
    public const int Done = 0;

    /// <summary>The store refused it or could not do all of it.</summary>
    public const int Failed = 1;

    /// <summary>The command line is not valid; nothing was done.</summary>
    public const int Usage = 2;

    /// <summary>No cluster could be reached.</summary>
    public const int NoCluster = 3;

    /// <summary>It was done, but something is in doubt: a peer did not answer, or something stored is damaged.</summary>
    public const int InDoubt = 4;

    /// <summary>An interval was refused, because its certificate does not promise what is required.</summary>
    public const int NotCertified = 5;

    /// <summary>Ctrl+C, as shells have it: 128 + SIGINT.</summary>
    public const int Interrupted = 130;

    /// <summary>The reader of the results has gone (<c>| head</c>), as shells report it: 128 + SIGPIPE.</summary>
    public const int OutputClosed = 141;
}
