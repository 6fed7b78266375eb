using System.Collections.Immutable;

namespace AllData.Remote.Conformance;

/// <summary>
/// Checks that a peer client keeps what the store relies on (<see cref="IPeerClient"/>). It belongs to no test framework: a test asserts that nothing
/// comes back.
/// </summary>
public static class PeerClientCheck
{
    /// <summary>Runs all checks that the client's capabilities ask for, one after the other.</summary>
    /// <param name="subject">The client and a peer that it reaches.</param>
    /// <param name="cancellationToken">Ends it between two checks.</param>
    /// <returns>A sentence for each promise that is not kept; empty when all are.</returns>
    public static async Task<ImmutableArray<string>> RunAsync(PeerClientSubject subject, CancellationToken cancellationToken = default)
    {
        var blocks = new SampleBlocks(subject.Store, subject.Time);
        var checks = new PutChecks(subject, blocks).All();
        if (subject.Client.Capabilities == PeerCapabilities.All)
        {
            checks = checks.Concat(new ReadChecks(subject, blocks).All()).Concat(new RepairChecks(subject, blocks).All());
        }
        else
        {
            checks = checks.Concat(new PutOnlyChecks(subject, blocks).All());
        }

        var broken = ImmutableArray.CreateBuilder<string>();
        foreach (var (promise, check) in checks.Concat(new FailureChecks(subject, blocks).All()))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (await FaultOfAsync(check, subject) is { } fault)
            {
                broken.Add($"{promise}: {fault}");
            }
        }

        return broken.ToImmutable();
    }

    private static async Task<string?> FaultOfAsync(Func<Task> check, PeerClientSubject subject)
    {
        try
        {
            await check().WaitAsync(subject.Patience, subject.Time);
            return null;
        }
        catch (BrokenPromiseException e)
        {
            return e.Message;
        }
        catch (Exception e)
        {
            return $"{e.GetType().Name}: {FailureText.SentenceOf(e)}";
        }
    }
}

/// <summary>A promise that is not kept.</summary>
internal sealed class BrokenPromiseException(string message) : Exception(message)
{
    /// <summary>Ends a check where something is not as it must be.</summary>
    public static void ThrowUnless(bool isKept, string sentence)
    {
        if (!isKept)
        {
            throw new BrokenPromiseException(sentence);
        }
    }

    /// <summary>Ends a check where a call does not throw what it must.</summary>
    public static async Task ThrowUnlessAsync<T>(string call, Func<Task> make)
        where T : Exception
    {
        try
        {
            await make();
        }
        catch (T)
        {
            return;
        }
        catch (Exception e)
        {
            throw new BrokenPromiseException($"{call} throws {e.GetType().Name} instead of {typeof(T).Name}: {FailureText.SentenceOf(e)}");
        }

        throw new BrokenPromiseException($"{call} answers instead of throwing {typeof(T).Name}.");
    }
}
