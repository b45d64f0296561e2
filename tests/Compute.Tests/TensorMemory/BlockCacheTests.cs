using ActorSeg.Compute.TensorMemory;
using FsCheck;
using FsCheck.Xunit;

namespace ActorSeg.Compute.Tests.TensorMemory;

public class BlockCacheTests
{
    private const nuint Mebibyte = 1 << 20;

    private readonly FakePages _pages = new();
    private readonly BlockCache _cache;

    public BlockCacheTests() => _cache = new BlockCache(_pages);

    [Fact]
    public void a_block_given_back_is_given_out_again_to_whoever_asks_for_about_as_much()
    {
        var block = _cache.Take(100 * Mebibyte);
        Assert.True(_cache.Return(block));
        Assert.Equal(block, _cache.Take(90 * Mebibyte));
        Assert.Equal(1, _pages.Mapped);
    }

    [Fact]
    public void a_block_is_not_wasted_on_much_less_than_it_holds()
    {
        var block = _cache.Take(100 * Mebibyte);
        _cache.Return(block);
        Assert.NotEqual(block, _cache.Take(50 * Mebibyte));
    }

    [Fact]
    public void of_several_that_fit_the_smallest_is_taken()
    {
        nint large = _cache.Take(11 * Mebibyte), small = _cache.Take(10 * Mebibyte);
        _cache.Return(small);
        _cache.Return(large);
        Assert.Equal(small, _cache.Take(10 * Mebibyte));
        Assert.Equal(large, _cache.Take(10 * Mebibyte));
    }

    [Fact]
    public void what_has_been_idle_longest_goes_first_when_room_is_needed()
    {
        nint[] blocks = [_cache.Take(10 * Mebibyte), _cache.Take(20 * Mebibyte), _cache.Take(30 * Mebibyte)];
        foreach (var block in blocks) _cache.Return(block);
        // 60 were in use at most, so that 75 may be held: the first two have to go.
        _cache.Take(45 * Mebibyte);
        Assert.Equal([blocks[0], blocks[1]], _pages.Unmapped);
        Assert.Equal(blocks[2], _cache.Take(30 * Mebibyte));
    }

    [Fact]
    public void a_block_of_another_is_left_alone() => Assert.False(_cache.Return(12345));

    [Fact]
    public void trimming_gives_back_what_is_idle_and_nothing_else()
    {
        nint idle = _cache.Take(10 * Mebibyte), used = _cache.Take(20 * Mebibyte);
        _cache.Return(idle);
        _cache.Trim();
        Assert.Equal([idle], _pages.Unmapped);
        Assert.Equal((20L << 20, 0L), _cache.Bytes);
        Assert.True(_cache.Return(used));
    }

    [Fact]
    public void where_the_system_has_no_more_idle_blocks_are_given_up_first()
    {
        var idle = _cache.Take(10 * Mebibyte);
        _cache.Return(idle);
        _pages.Limit = 40 * Mebibyte;
        Assert.NotEqual(0, _cache.Take(35 * Mebibyte));
        Assert.Equal([idle], _pages.Unmapped);
        Assert.Equal(0, _cache.Take(10 * Mebibyte));
    }

    [Property]
    public void no_block_is_given_out_twice_and_no_more_is_held_than_a_quarter_above_what_was_in_use(NonEmptyArray<PositiveInt> requests, int seed)
    {
        // One instance of this class is tried a hundred times.
        var pages = new FakePages();
        var cache = new BlockCache(pages);
        var random = new Random(seed);
        var held = new List<nint>();
        long most = 0;
        foreach (var request in requests.Get)
        {
            held.Add(cache.Take((nuint)request.Get * 100_000));
            Assert.Equal(held.Count, held.Distinct().Count());
            most = Math.Max(most, cache.Bytes.Used);
            Assert.True(cache.Bytes.Used + cache.Bytes.Idle <= most + (most / 4));
            Assert.Equal((nuint)(cache.Bytes.Used + cache.Bytes.Idle), pages.Held);
            while (held.Count > 0 && random.Next(2) == 0)
            {
                var at = random.Next(held.Count);
                Assert.True(cache.Return(held[at]));
                Assert.False(cache.Return(held[at]));
                held.RemoveAt(at);
            }
        }
    }

    private sealed class FakePages : IPageSource
    {
        private readonly Dictionary<nint, nuint> _sizes = [];

        public int Mapped { get; private set; }

        public List<nint> Unmapped { get; } = [];

        public nuint Held { get; private set; }

        public nuint Limit { get; set; } = nuint.MaxValue;

        public nint Map(nuint bytes)
        {
            if (Held + bytes > Limit) return 0;
            Held += bytes;
            _sizes.Add(++Mapped, bytes);
            return Mapped;
        }

        public void Unmap(nint address, nuint bytes)
        {
            Assert.Equal(_sizes[address], bytes);
            _sizes.Remove(address);
            Held -= bytes;
            Unmapped.Add(address);
        }
    }
}
