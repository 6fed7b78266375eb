using AllData.Security;
using AllData.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace AllData.Tests.Unit.Security;

public sealed class RotatingTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _faults = [];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Changed_files_are_read_again_and_those_that_cannot_be_used_are_told_once_and_change_nothing()
    {
        Write("one");
        var rotating = new Rotating<string>(Read, [PathOf, ""], _time, _faults.Add);
        Assert.Equal("one", rotating.Current);

        Write("second");
        Assert.Equal("one", rotating.Current);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("second", rotating.Current);

        Write("broken");
        for (var i = 0; i < 3; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal("second", rotating.Current);
        }

        Assert.Equal(["broken is no text"], _faults);
        Write("the third");
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("the third", rotating.Current);
    }

    [Fact]
    public void A_file_that_cannot_be_used_at_the_start_is_an_error() =>
        Assert.Throws<FormatException>(() => new Rotating<string>(() => throw new FormatException("no"), [PathOf], _time, _faults.Add));

    private string PathOf => Path.Combine(_directory.Path, "file");

    private void Write(string text) => File.WriteAllText(PathOf, text);

    private string Read() => File.ReadAllText(PathOf) is var text && text == "broken" ? throw new FormatException("broken is no text") : text;
}
