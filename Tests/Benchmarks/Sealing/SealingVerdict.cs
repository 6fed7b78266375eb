namespace AllData.Benchmarks;

/// <summary>What a run has shown, a line for each thing, printed as it is seen.</summary>
internal sealed class SealingVerdict(RunLog log)
{
    private int _judged;
    private int _failed;

    /// <summary>Judges one thing.</summary>
    /// <param name="name">What must hold.</param>
    /// <param name="holds">Whether it does.</param>
    /// <param name="seen">What was seen, in a line.</param>
    public void Judge(string name, bool holds, string seen)
    {
        _judged++;
        _failed += holds ? 0 : 1;
        log.Say($"{(holds ? "ok" : "FAILED"),-6}  {name}: {seen}");
    }

    /// <summary>Prints the sum.</summary>
    /// <returns>The exit code.</returns>
    public int Print()
    {
        log.Print($"{_judged} judged, {_failed} failed");
        return _failed == 0 && _judged > 0 ? 0 : 1;
    }
}
