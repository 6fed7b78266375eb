using System.Runtime.CompilerServices;

namespace AllData.Client.Read;

/// <summary>Reads the next page while the one before is worked on.</summary>
internal static class ReadAhead
{
    /// <summary>The same elements; one, and no more, is read before it is requested.</summary>
    public static async IAsyncEnumerable<T> ReadAheadAsync<T>(
        this IAsyncEnumerable<T> source, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        using var abandon = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await using var elements = source.GetAsyncEnumerator(abandon.Token);
        var next = elements.MoveNextAsync().AsTask();
        try
        {
            while (await next)
            {
                var current = elements.Current;
                next = Task.Run(async () => await elements.MoveNextAsync(), CancellationToken.None);
                yield return current;
            }
        }
        finally
        {
            // An enumerator must not be disposed of while it moves.
            await abandon.CancelAsync();
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
