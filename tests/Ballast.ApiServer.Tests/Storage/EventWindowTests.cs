using Ballast.ApiServer.Storage;
using Ballast.ApiServer.Storage.Caching;
using Microsoft.Extensions.Time.Testing;

namespace Ballast.ApiServer.Tests.Storage;

public sealed class EventWindowTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly EventWindow _window;

    public EventWindowTests()
    {
        _window = new EventWindow(_time);
        _window.Restart(10);
    }

    private void Add(long version, int bytes = 10) => _window.Add(new Change(new StoredObject("a", version, new byte[bytes]), null, IsDelete: false));

    [Fact]
    public void Gives_what_is_newer_than_asked()
    {
        for (var version = 11; version <= 20; version++)
            Add(version);
        Assert.Equal([18, 19, 20], _window.After(17).Select(c => c.Version));
        Assert.Equal(10, _window.After(10).Length);
        Assert.Empty(_window.After(20));
        Assert.Empty(_window.After(99));
    }

    [Fact]
    public void Keeps_the_fresh_however_many_and_drops_the_old()
    {
        for (var version = 11; version < 511; version++)
            Add(version);
        Assert.Equal(10, _window.Floor);
        _time.Advance(TimeSpan.FromSeconds(76));
        Add(511);
        Assert.Equal(EventWindow.Fewest, _window.After(_window.Floor).Length);
        Assert.Equal(411, _window.Floor);
    }

    [Fact]
    public void Is_bounded_in_bytes()
    {
        for (var version = 11; version < 1011; version++)
            Add(version, 100_000);
        Assert.InRange(_window.After(_window.Floor).Length, EventWindow.Fewest, 170);
    }

    [Fact]
    public void Never_keeps_half_a_revision()
    {
        for (var i = 0; i < 150; i++)
            Add(i < 120 ? 11 : 12 + i);
        _time.Advance(TimeSpan.FromSeconds(76));
        Add(500);
        Assert.Equal(11, _window.Floor);
        Assert.DoesNotContain(_window.After(11), c => c.Version == 11);
    }
}
