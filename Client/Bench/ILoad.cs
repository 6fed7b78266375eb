namespace AllData.Client.Bench;

/// <summary>One way of putting the events of a run. A closed or open loop says when.</summary>
internal interface ILoad
{
    /// <summary>Events of each call.</summary>
    int Batch { get; }

    /// <summary>Puts a run's next events in one call, and notes those that are acknowledged and those that are refused.</summary>
    /// <param name="first">Number of the first of them.</param>
    /// <param name="record">The run.</param>
    /// <returns>How many were acknowledged. It throws when the call as a whole failed: then none is noted.</returns>
    ValueTask<int> PutAsync(long first, RunRecord record);
}
