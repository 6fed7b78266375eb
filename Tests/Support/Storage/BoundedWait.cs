using System.Runtime.CompilerServices;

namespace AllData.Tests.Support;

/// <summary>Waits with a bound, and says for what when it is reached.</summary>
internal static class BoundedWait
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    /// <summary>Waits for a task, at most a minute.</summary>
    public static async Task<T> Soon<T>(this Task<T> task, [CallerArgumentExpression(nameof(task))] string phase = "")
    {
        await ((Task)task).Soon(phase);
        return await task;
    }

    /// <summary>Waits for a task, at most a minute.</summary>
    public static Task Soon(this Task task, [CallerArgumentExpression(nameof(task))] string phase = "") => task.Within(Bound, phase);

    /// <summary>Waits for a task, at most so long.</summary>
    public static async Task Within(this Task task, TimeSpan bound, [CallerArgumentExpression(nameof(task))] string phase = "")
    {
        try
        {
            await task.WaitAsync(bound);
        }
        catch (TimeoutException) when (!task.IsCompleted)
        {
            Assert.Fail($"Expected to be complete within {bound.TotalSeconds} s: {phase}. It is {task.Status}.");
        }
    }
}
