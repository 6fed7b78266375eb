using AllData.Reading;
using AllData.Simulation.Machines;
using AllData.Simulation.Running;
using Orleans.Runtime;

namespace AllData.Simulation.Following;

/// <summary>A reader's end of the way to the silo that serves it: one question for each page, over the simulated network.</summary>
/// <param name="world">The world.</param>
/// <param name="follower">The reader.</param>
/// <param name="machine">Where the silo runs.</param>
/// <param name="stream">Which way it is.</param>
/// <param name="start">Where the reader begins.</param>
internal sealed class FollowConnection(World world, Follower follower, Machine machine, long stream, FollowStart start)
    : IAsyncEnumerable<FollowPage>, IAsyncEnumerator<FollowPage>
{
    private static readonly TimeSpan AnswerBound = TimeSpan.FromSeconds(10);

    private int _number;

    /// <inheritdoc/>
    public FollowPage Current { get; private set; } = null!;

    /// <inheritdoc/>
    public IAsyncEnumerator<FollowPage> GetAsyncEnumerator(CancellationToken cancellationToken = default) => this;

    /// <inheritdoc/>
    public async ValueTask<bool> MoveNextAsync()
    {
        var number = ++_number;
        try
        {
            Current = await world.Network.CallAsync(follower.Address, follower.Life, machine, silo => silo.Following.NextAsync(stream, number, start))
                .WaitAsync(AnswerBound, follower.Time);
            return true;
        }
        catch (UnreachableException e)
        {
            throw new SiloUnavailableException(e.Message, e);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        world.Network.Send(follower.Address, machine.Number, () => machine.Silo?.Life.Run(() => machine.Silo?.Following.Close(stream)));
        return ValueTask.CompletedTask;
    }
}
